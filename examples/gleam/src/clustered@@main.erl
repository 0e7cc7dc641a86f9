%% The module that the compiler adds to each package for the script: it starts the package's applications and calls its
%% main.
-module(clustered@@main).

-export([run/1]).

run(Module) ->
    {ok, _} = application:ensure_all_started(Module),
    Module:main(),
    halt(0).
