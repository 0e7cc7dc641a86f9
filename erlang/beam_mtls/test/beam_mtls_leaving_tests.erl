%% How a node with discovery leaves the others when it stops.
-module(beam_mtls_leaving_tests).

-include_lib("eunit/include/eunit.hrl").

%% Called on the nodes.
-export([nodes_after_a_restart/0]).
-export([run/1]).
-export([seen/0]).

%% An application there, its supervisor, and a child that ends slowly.
-export([handle_call/3]).
-export([handle_cast/2]).
-export([init/1]).
-export([start/2]).
-export([stop/1]).
-export([terminate/2]).

a_node_that_stops_is_left_alone_and_the_others_stay_together_test_() ->
    {timeout, 60, fun() ->
        with_cluster(fun(File, [One | [Two, Three] = Others]) ->
            ok = peer:call(One, init, stop, []),
            ?assertEqual({ok, <<"[]">>}, await_file(File, 100)),
            [?assertEqual([{nodedown, 'a@127.0.0.1'}], call(Node, seen, [])) || Node <- Others],
            ?assertEqual(['a@127.0.0.3'], peer:call(Two, erlang, nodes, [])),
            ?assertEqual(['a@127.0.0.2'], peer:call(Three, erlang, nodes, []))
        end)
    end}.

a_node_whose_discovery_starts_anew_leaves_nobody_test_() ->
    {timeout, 60, fun() ->
        with_cluster(fun(_File, [One | _] = Nodes) ->
            ?assertEqual(['a@127.0.0.2', 'a@127.0.0.3'], lists:sort(call(One, nodes_after_a_restart, []))),
            [?assertEqual([], call(Node, seen, [])) || Node <- Nodes]
        end)
    end}.

%% Three nodes that have found one another, and a file for what the first one reports
%% at its end.
with_cluster(Fun) ->
    beam_mtls_test_nodes:with_directory(fun(Directory) ->
        Port = beam_mtls_test_nodes:free_port(),
        File = filename:join(Directory, "nodes"),
        Nodes = [
            beam_mtls_test_nodes:start("a@127.0.0." ++ Last, "{127,0,0," ++ Last ++ "}", Port, [])
         || Last <- ["1", "2", "3"]
        ],
        try
            [ok = call(Node, run, [File]) || Node <- Nodes],
            [await_peers(Node, 100) || Node <- Nodes],
            [call(Node, seen, []) || Node <- Nodes],
            Fun(File, Nodes)
        after
            [beam_mtls_test_nodes:stop(Node) || Node <- Nodes]
        end
    end).

await_peers(Node, Times) when Times > 0 ->
    case peer:call(Node, erlang, nodes, []) of
        [_, _] ->
            ok;
        _ ->
            timer:sleep(100),
            await_peers(Node, Times - 1)
    end.

await_file(File, Times) ->
    case file:read_file(File) of
        {error, enoent} when Times > 0 ->
            timer:sleep(100),
            await_file(File, Times - 1);
        Answer ->
            Answer
    end.

call(Node, Function, Arguments) ->
    beam_mtls_test_nodes:call(Node, ?MODULE, Function, Arguments).

%%% On the nodes

run(File) ->
    true = register(watcher, spawn(fun() -> keep(net_kernel:monitor_nodes(true), []) end)),
    ok = application:load({application, ?MODULE, [{mod, {?MODULE, File}}, {applications, [kernel, stdlib]}]}),
    application:start(?MODULE).

nodes_after_a_restart() ->
    ok = supervisor:terminate_child(?MODULE, beam_mtls_discovery),
    {ok, _} = supervisor:restart_child(?MODULE, beam_mtls_discovery),
    timer:sleep(300),
    nodes().

%% The nodes that came and went since the last time.
seen() ->
    watcher ! {take, self()},
    receive
        {seen, Seen} -> Seen
    end.

keep(ok, Seen) ->
    receive
        {take, From} ->
            From ! {seen, lists:reverse(Seen)},
            keep(ok, []);
        New ->
            keep(ok, [New | Seen])
    end.

start(_Type, File) ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, {supervisor, File}).

stop(_) ->
    ok.

%% What is started before discovery ends after it.
init({supervisor, File}) ->
    Options = #{
        query => "app.ns.svc",
        interval => 50,
        resolver => fun(a, _) -> {ok, [{127, 0, 0, Last} || Last <- [1, 2, 3]]} end
    },
    Slow = #{id => slow, start => {gen_server, start_link, [?MODULE, {slow, File}, []]}},
    {ok, {#{}, [Slow, beam_mtls_discovery:child_spec(Options)]}};
init({slow, File}) ->
    false = process_flag(trap_exit, true),
    {ok, File}.

handle_call(_, _From, File) ->
    {noreply, File}.

handle_cast(_, File) ->
    {noreply, File}.

%% Long enough for the others to dial.
terminate(_, File) ->
    timer:sleep(1000),
    ok = file:write_file(File ++ ".new", io_lib:format("~0p", [nodes()])),
    ok = file:rename(File ++ ".new", File).
