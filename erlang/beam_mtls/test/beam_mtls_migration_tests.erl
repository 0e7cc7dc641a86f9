%% Ports and registration; what OTP makes of them is seen on real nodes.
-module(beam_mtls_migration_tests).

-include_lib("eunit/include/eunit.hrl").

the_first_protocol_has_a_port_of_its_own_test() ->
    Asked = fun() -> [beam_mtls_migration:listen_port_please("app", "host") || _ <- [tls, tcp]] end,
    ?assertEqual([{ok, 9100}, {ok, 0}], in_a_process(Asked)),
    %% As after net_kernel was started anew.
    ?assertEqual([{ok, 9100}, {ok, 0}], in_a_process(Asked)).

the_port_is_that_of_the_setting_test_() ->
    Port = fun() -> beam_mtls_migration:listen_port_please("app", "host") end,
    Set = fun(Value) ->
        fun() ->
            os:putenv("BEAM_MTLS_LISTEN", Value),
            ?assertEqual({ok, 9200}, in_a_process(Port))
        end
    end,
    {setup, fun() -> ok end, fun(_) -> os:unsetenv("BEAM_MTLS_LISTEN") end, [
        Set("9200"), Set("10.0.0.1:9200"), Set("[::1]:9200")
    ]}.

%% No epmd runs here, and none is asked.
the_first_protocol_is_not_registered_test() ->
    {ok, Creation} = beam_mtls_migration:register_node("app", 9100, inet),
    ?assert(Creation > 3 andalso Creation < 1 bsl 32).

in_a_process(Work) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> Self ! {self(), Work()} end),
    receive
        {Pid, Result} ->
            demonitor(Monitor, [flush]),
            Result;
        {'DOWN', Monitor, process, Pid, Reason} ->
            error(Reason)
    end.
