%% Which fields of net_kernel's state are replaced, and what becomes of the
%% carrier's acceptor.
-module(beam_mtls_dist_binding_tests).

-include_lib("eunit/include/eunit.hrl").

the_carrier_is_replaced_in_listeners_and_nowhere_else_test() ->
    Listener = fun(Module) -> {listen, port, undefined, address, Module} end,
    State = fun(Module) ->
        {state, inet_tls_dist, [Listener(Module), Listener(Module)], [inet_tls_dist], []}
    end,
    ?assertEqual(State(beam_mtls_dist), replaced(State(inet_tls_dist))),
    ?assertEqual(State(other), replaced(State(other))).

the_acceptor_of_the_carrier_ends_and_no_other_one_test() ->
    [Carriers, Ours] = [spawn_monitor(timer, sleep, [infinity]) || _ <- [1, 2]],
    Listener = fun({Acceptor, _}, Module) -> {listen, port, Acceptor, address, Module} end,
    _ = replaced({state, [Listener(Carriers, inet_tls_dist), Listener(Ours, beam_mtls_dist)]}),
    {Pid, Monitor} = Carriers,
    receive
        {'DOWN', Monitor, process, Pid, Reason} -> ?assertEqual(killed, Reason)
    end,
    ?assert(is_process_alive(element(1, Ours))).

without_net_kernel_nothing_is_in_place_test() ->
    ?assertNot(beam_mtls_dist_binding:is_in_place()).

replaced(State) ->
    beam_mtls_dist_binding:with_carrier_replaced(State).
