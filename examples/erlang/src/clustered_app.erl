%% The application and its supervisor: one process finds peers, one reports them.
-module(clustered_app).

-behaviour(application).
-behaviour(supervisor).

-export([start/2]).
-export([stop/1]).

-export([init/1]).

start(_Type, _Arguments) ->
    supervisor:start_link(?MODULE, []).

stop(_State) ->
    ok.

init([]) ->
    View = #{id => clustered_view, start => {clustered_view, start_link, []}},
    %% The first one must be running before peers connect.
    {ok, {#{}, [View, beam_mtls_discovery:child_spec(#{})]}}.
