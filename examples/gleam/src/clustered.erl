%% What the compiler would generate for `pub fn main()` in src/clustered.gleam.
-module(clustered).

-export([main/0]).

%% As in Gleam, where `process.sleep_forever` comes last: the node ends when main returns.
main() ->
    {ok, _} = clustered_app:start(normal, []),
    timer:sleep(infinity).
