%% Tells on standard output whom this node is connected to: a line at the start,
%% and one whenever that changes.
%%
%%   view {"node":"app@10.0.0.5","otp":"29","peers":[{"node":"app@10.0.0.6","tls":"tlsv1.3","serial":"4f81"}]}
%%
%% `tls` is null where the connection is none of TLS.
-module(clustered_view).

-behaviour(gen_server).

-export([start_link/0]).

-export([handle_call/3]).
-export([handle_cast/2]).
-export([handle_info/2]).
-export([init/1]).

-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

init([]) ->
    ok = net_kernel:monitor_nodes(true, [nodedown_reason]),
    {ok, told("")}.

handle_info({nodeup, _Node, _Info}, Told) ->
    {noreply, told(Told)};
handle_info({nodedown, Node, Info}, Told) ->
    logger:notice("~ts is gone: ~0tp", [Node, proplists:get_value(nodedown_reason, Info)]),
    {noreply, told(Told)};
handle_info(_, Told) ->
    {noreply, Told}.

handle_call(_, _From, Told) ->
    {noreply, Told}.

handle_cast(_, Told) ->
    {noreply, Told}.

%% What was told last is not told again: several messages can be behind one view.
told(Told) ->
    case lists:flatten(view()) of
        Told ->
            Told;
        View ->
            io:put_chars(["view ", View, $\n]),
            View
    end.

view() ->
    Peers = lists:join($,, [peer(Node) || Node <- lists:sort(nodes())]),
    object([
        {"node", string(atom_to_list(node()))},
        {"otp", string(erlang:system_info(otp_release))},
        {"peers", [$[, Peers, $]]}
    ]).

peer(Node) ->
    {Version, Serial} =
        case beam_mtls_observer:connection(Node) of
            {ok, #{tls := Tls, serial := Number}} -> {string(atom_to_list(Tls)), string(Number)};
            error -> {"null", "null"}
        end,
    object([{"node", string(atom_to_list(Node))}, {"tls", Version}, {"serial", Serial}]).

%%% JSON, for which OTP has a module since 27 only

object(Members) ->
    [${, lists:join($,, [[string(Name), $:, Value] || {Name, Value} <- Members]), $}].

string(Characters) ->
    [$", [escaped(Character) || Character <- Characters], $"].

escaped(Character) when Character =:= $"; Character =:= $\\ -> [$\\, Character];
escaped(Character) when Character < $\s -> io_lib:format("\\u~4.16.0b", [Character]);
escaped(Character) -> Character.
