%% Who may begin a handshake, and who ends for it.
-module(beam_mtls_dist_pool_tests).

-include_lib("eunit/include/eunit.hrl").

-define(ATTACKER, {10, 0, 0, 66}).
-define(PEER, {10, 0, 0, 7}).

one_source_has_so_many_and_takes_none_of_others_test() ->
    {Crowded, _} = filled(64, fun(_) -> ?ATTACKER end, 0),
    ?assertEqual(full, room(?ATTACKER, 1999, Crowded)),
    ?assertEqual(free, room(?PEER, 0, Crowded)).

its_oldest_gives_way_after_two_seconds_test() ->
    {Crowded, [First | _]} = filled(64, fun(_) -> ?ATTACKER end, 0),
    ?assertEqual({instead_of, First}, room(?ATTACKER, 2000, Crowded)).

who_ended_leaves_room_test() ->
    {Crowded, [First | _] = Pids} = filled(64, fun(_) -> ?ATTACKER end, 0),
    Freed = beam_mtls_dist_pool:remove(First, Crowded),
    ?assertEqual(free, room(?ATTACKER, 0, Freed)),
    ?assertEqual(Freed, beam_mtls_dist_pool:remove(First, Freed)),
    Empty = lists:foldl(fun beam_mtls_dist_pool:remove/2, Crowded, Pids),
    ?assertEqual(beam_mtls_dist_pool:new(), Empty).

when_all_is_taken_the_largest_source_gives_way_test() ->
    %% Four sources of 64 each.
    {Full, Pids} = filled(256, fun(N) -> {10, 0, 1, N rem 4} end, 0),
    {instead_of, Pid} = room(?PEER, 0, Full),
    ?assert(lists:member(Pid, lists:sublist(Pids, 4))),
    ?assertEqual(full, room({10, 0, 1, 3}, 0, Full)).

where_every_source_has_one_only_time_makes_room_test() ->
    {Full, [First | _]} = filled(256, fun(N) -> {10, 0, 1, N} end, 0),
    Another = {10, 1, 0, 1},
    ?assertEqual(full, room(Another, 1999, Full)),
    ?assertEqual({instead_of, First}, room(Another, 2000, Full)).

%% All pods of a Kubernetes node may share a /64.
an_ipv6_network_has_more_than_one_address_test() ->
    Address = fun(Network, Host) -> {16#fd00, 0, 0, Network, 0, 0, 0, Host} end,
    {Crowded, _} = filled(64, fun(_) -> Address(1, 66) end, 0),
    ?assertEqual(full, room(Address(1, 66), 0, Crowded)),
    ?assertEqual(free, room(Address(1, 7), 0, Crowded)),
    {Network, _} = filled(128, fun(N) -> Address(1, N) end, 0),
    ?assertEqual(full, room(Address(1, 777), 0, Network)),
    ?assertEqual(free, room(Address(2, 1), 0, Network)).

an_ipv4_address_is_the_same_to_a_listener_for_both_families_test() ->
    Mapped = {0, 0, 0, 0, 0, 16#ffff, 16#0a00, 16#0042},
    {Crowded, _} = filled(64, fun(_) -> Mapped end, 0),
    ?assertEqual(full, room(?ATTACKER, 0, Crowded)),
    ?assertEqual(free, room({0, 0, 0, 0, 0, 16#ffff, 16#0a00, 7}, 0, Crowded)).

a_decision_takes_no_time_test() ->
    {Full, _} = filled(256, fun(N) -> {10, 0, 1, N} end, 0),
    {Micros, _} = timer:tc(fun() -> [full = room({10, 1, 0, 1}, 0, Full) || _ <- lists:seq(1, 1000)] end),
    ?assert(Micros < 1000000).

filled(Count, Address, Now) ->
    Pids = [spawn(fun() -> ok end) || _ <- lists:seq(1, Count)],
    Add = fun({N, Pid}, Pool) -> beam_mtls_dist_pool:add(Pid, Address(N), Now, Pool) end,
    {lists:foldl(Add, beam_mtls_dist_pool:new(), lists:zip(lists:seq(0, Count - 1), Pids)), Pids}.

room(Address, Now, Pool) ->
    beam_mtls_dist_pool:room(Address, Now, Pool).
