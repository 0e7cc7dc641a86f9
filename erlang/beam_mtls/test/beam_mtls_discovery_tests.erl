%% What discovery asks for and whom it dials. Each test runs it on a node of its
%% own, with a resolver that answers as the test wants.
-module(beam_mtls_discovery_tests).

-include_lib("eunit/include/eunit.hrl").

%% Called on those nodes.
-export([atoms_made/1]).
-export([dialed/2]).
-export([dials_that_hang/1]).
-export([lookups/2]).
-export([start_link/1]).
-export([logged_by/1]).

%% A handler of logger.
-export([log/2]).

-define(QUERY, "app-nodes.ns.svc.cluster.local").

its_own_address_is_skipped_and_others_get_its_basename_test() ->
    ?assertEqual(
        {{a, ?QUERY}, ['shop@10.0.0.2', 'shop@10.0.0.3']},
        on_node("shop@10.0.0.1", dialed, [[{10, 0, 0, 3}, {10, 0, 0, 1}, {10, 0, 0, 2}], ?QUERY])
    ).

ipv6_addresses_are_written_as_nodes_are_named_test() ->
    Addresses = [{16#fd00, 0, 0, 0, 0, 0, 0, Last} || Last <- [1, 16#a]],
    ?assertEqual(
        {{aaaa, ?QUERY}, ['app@fd00::a']},
        on_node("app@fd00::1", dialed, [Addresses, ?QUERY])
    ).

nodes_named_by_pods_are_found_by_the_services_port_test() ->
    Records = [{0, 50, 9100, Host ++ ?QUERY} || Host <- ["app-0.", "App-1."]],
    ?assertEqual(
        {{srv, "_distribution._tcp." ++ ?QUERY}, ['app@app-1.app-nodes.ns.svc.cluster.local']},
        on_node("app@app-0." ++ ?QUERY, dialed, [[{0, 0, 9100, ""} | Records], ?QUERY])
    ).

the_dot_of_an_absolute_name_is_not_asked_for_test() ->
    ?assertMatch({{a, ?QUERY}, []}, on_node("app@10.0.0.1", dialed, [[], ?QUERY ++ "."])).

a_query_comes_from_the_environment_or_nothing_is_done_test() ->
    ?assertEqual(ignore, on_node("app@10.0.0.1", start_link, [#{}])),
    ?assertMatch({ok, _}, on_node("app@10.0.0.1", [{"DNS_CLUSTER_QUERY", "127.0.0.1"}], start_link, [#{}])).

a_node_without_a_name_finds_nobody_test() ->
    ?assertEqual(ignore, beam_mtls_discovery:start_link(#{query => ?QUERY})).

an_unknown_option_is_named_test() ->
    ?assertEqual({error, {bad_option, qurey}}, beam_mtls_discovery:start_link(#{qurey => ?QUERY})).

a_node_that_is_alone_retries_soon_test() ->
    Lookups = on_node("app@10.0.0.1", lookups, [60000, 2000]),
    ?assert(Lookups >= 3),
    ?assert(Lookups =< 6).

%% Else peers that do not answer would hold up the ones that do.
a_dial_that_hangs_is_not_waited_for_nor_repeated_test() ->
    {Lookups, Dialled} = on_node("app@10.0.0.1", dials_that_hang, [3]),
    ?assert(Lookups >= 5),
    ?assertEqual(['app@10.1.0.1', 'app@10.1.0.2', 'app@10.1.0.3'], lists:sort(Dialled)).

dials_that_hang_do_not_pile_up_test() ->
    {_Lookups, Dialled} = on_node("app@10.0.0.1", dials_that_hang, [200]),
    ?assertEqual(50, length(Dialled)).

an_answer_does_not_make_names_without_end_test() ->
    Made = on_node("app@10.0.0.1", atoms_made, [3000]),
    ?assert(Made >= 1000),
    ?assert(Made < 1500).

neither_a_failure_nor_an_answer_without_a_peer_ends_a_connection_test_() ->
    {timeout, 30, fun() ->
        {ok, Socket} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
        {ok, Port} = inet:port(Socket),
        ok = gen_tcp:close(Socket),
        One = start("app@127.0.0.1", listening("{127,0,0,1}", Port), []),
        Other = start("app@127.0.0.2", listening("{127,0,0,2}", Port), []),
        Answers = [
            {ok, [{127, 0, 0, 2}]},
            {error, timeout},
            {error, nxdomain},
            {error, timeout},
            {ok, []},
            {error, timeout}
        ],
        try
            ?assertEqual(
                {['app@127.0.0.2'], [warning, notice, warning]},
                peer:call(One, ?MODULE, logged_by, [Answers], 20000)
            )
        after
            [peer:stop(Peer) || Peer <- [One, Other]]
        end
    end}.

%%% On the nodes

%% What was looked up, and which nodes were dialed.
dialed(Records, Query) ->
    Options = #{
        query => Query,
        resolver => reporting(fun() -> {ok, Records} end),
        connect => fun(Node) -> tester ! {dialed, Node} end
    },
    running(Options, fun() -> timer:sleep(100) end),
    [Asked | _] = received(asked),
    {Asked, lists:usort(received(dialed))}.

lookups(Interval, Millis) ->
    running(
        #{query => ?QUERY, interval => Interval, resolver => reporting(fun() -> {ok, []} end)},
        fun() -> timer:sleep(Millis) end
    ),
    length(received(asked)).

dials_that_hang(Count) ->
    Options = #{
        query => ?QUERY,
        interval => 20,
        resolver => reporting(fun() -> {ok, addresses(Count)} end),
        connect => fun(Node) ->
            tester ! {dialed, Node},
            timer:sleep(infinity)
        end
    },
    running(Options, fun() -> timer:sleep(500) end),
    {length(received(asked)), received(dialed)}.

atoms_made(Count) ->
    Before = erlang:system_info(atom_count),
    %% Only the first lookup.
    running(
        #{query => ?QUERY, resolver => reporting(fun() -> {ok, addresses(Count)} end), connect => fun(_) -> ok end},
        fun() -> timer:sleep(100) end
    ),
    erlang:system_info(atom_count) - Before.

%% The peers after these answers, and the levels of what was logged. The first
%% answer is waited for until it has led to a connection.
logged_by(Answers) ->
    ok = logger:add_handler(tester, ?MODULE, #{level => notice}),
    ok = net_kernel:monitor_nodes(true),
    Remaining = counters:new(1, []),
    Resolver = reporting(fun() ->
        Index = min(counters:get(Remaining, 1) + 1, length(Answers)),
        _ = Index =:= 1 orelse counters:add(Remaining, 1, 1),
        lists:nth(Index, Answers)
    end),
    running(#{query => ?QUERY, interval => 50, resolver => Resolver}, fun() ->
        receive
            {nodeup, _} -> counters:add(Remaining, 1, 1)
        end,
        timer:sleep(1000)
    end),
    true = counters:get(Remaining, 1) >= length(Answers),
    {nodes(), received(logged)}.

log(#{level := Level, msg := {"discovery: " ++ _, _}}, _Config) ->
    tester ! {logged, Level};
log(_, _Config) ->
    ok.

start_link(Options) ->
    beam_mtls_discovery:start_link(Options).

%% A resolver that reports what it is asked.
reporting(Answer) ->
    fun(Type, Name) ->
        tester ! {asked, {Type, Name}},
        Answer()
    end.

running(Options, While) ->
    true = register(tester, self()),
    {ok, Pid} = beam_mtls_discovery:start_link(Options),
    While(),
    true = unlink(Pid),
    true = exit(Pid, kill).

received(Tag) ->
    receive
        {Tag, Value} -> [Value | received(Tag)]
    after 0 -> []
    end.

addresses(Count) ->
    [{10, 1, Index div 250, Index rem 250} || Index <- lists:seq(1, Count)].

%%% Nodes

on_node(Name, Function, Arguments) ->
    on_node(Name, [], Function, Arguments).

on_node(Name, Environment, Function, Arguments) ->
    Peer = start(Name, ["-dist_listen", "false"], Environment),
    try
        peer:call(Peer, ?MODULE, Function, Arguments)
    after
        peer:stop(Peer)
    end.

start(Name, Flags, Environment) ->
    Paths = ["-pa", filename:dirname(code:which(?MODULE))],
    Options = #{connection => standard_io, env => Environment, args => ["-name", Name | Flags] ++ Paths},
    element(2, peer:start(Options)).

%% The port is the same on both nodes, and nobody is asked for it.
listening(Interface, Port) ->
    [
        "-start_epmd",
        "false",
        "-erl_epmd_port",
        integer_to_list(Port),
        "-kernel",
        "inet_dist_use_interface",
        Interface
    ].
