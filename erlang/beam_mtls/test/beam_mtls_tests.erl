%% What a node reports about its links, on nodes that OTP alone connects.
-module(beam_mtls_tests).

-include_lib("eunit/include/eunit.hrl").

%% Called on those nodes.
-export([shown_to/1]).
-export([status_while_suspended/1]).

a_node_without_distribution_has_no_links_test() ->
    ?assertEqual(#{node => node(), certificate => none, links => []}, beam_mtls:status()).

both_ends_report_a_tls_link_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_tls_pair([], fun(One, Other) ->
            #{certificate := Own, links := [Out]} = peer:call(One, beam_mtls, status, []),
            #{links := [In]} = peer:call(Other, beam_mtls, status, []),
            ?assertMatch(#{node := 'b@127.0.0.2', hidden := false, direction := out}, Out),
            ?assertMatch(#{node := 'a@127.0.0.1', hidden := false, direction := in}, In),
            #{tls := #{version := Version, cipher := Cipher, key_exchange := Group, certificate := Shown}} = Out,
            ?assertEqual('tlsv1.3', Version),
            ?assertMatch(<<"TLS_", _/binary>>, Cipher),
            %% OTP reports it since 29.
            ?assertEqual(erlang:system_info(otp_release) >= "29", Group =/= unknown),
            ?assertEqual(Own, Shown),
            ?assertEqual({ok, Out}, peer:call(One, beam_mtls, link_to, ['b@127.0.0.2'])),
            ?assertEqual(error, peer:call(One, beam_mtls, link_to, ['c@127.0.0.3']))
        end)
    end}.

a_hidden_peer_is_reported_as_hidden_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_tls_pair(["-hidden"], fun(One, _Other) ->
            ?assertMatch(#{links := [#{hidden := true}]}, peer:call(One, beam_mtls, status, []))
        end)
    end}.

%% As when the peer does not read: the process that sends hangs.
a_link_that_is_busy_sending_is_reported_at_once_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_tls_pair([], fun(One, _Other) ->
            {Micros, Status, Left} = peer:call(One, ?MODULE, status_while_suspended, [sender], 20000),
            ?assertMatch(#{links := [#{direction := out, tls := #{certificate := _}}]}, Status),
            ?assert(Micros < 1500000),
            ?assertEqual([], Left)
        end)
    end}.

a_link_that_does_not_answer_is_not_waited_for_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_tls_pair([], fun(One, _Other) ->
            {Micros, Status, Left} = peer:call(One, ?MODULE, status_while_suspended, [receiver], 20000),
            ?assertMatch(#{links := [#{node := 'b@127.0.0.2', direction := unknown, tls := unknown}]}, Status),
            ?assert(Micros < 4000000),
            ?assertEqual([], Left)
        end)
    end}.

%% As the observer asks nodes that have nothing of ours.
a_link_can_be_examined_from_another_node_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_tls_pair([], fun(One, _Other) ->
            #{certificate := Own} = peer:call(One, beam_mtls, status, []),
            ?assertEqual(Own, peer:call(One, ?MODULE, shown_to, ['b@127.0.0.2'], 20000))
        end)
    end}.

a_plain_link_is_reported_as_plain_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_plain_pair([], fun(One, _Other) ->
            ?assertEqual(
                #{
                    node => 'a@127.0.0.1',
                    certificate => none,
                    links => [#{node => 'b@127.0.0.2', hidden => false, direction => unknown, tls => none}]
                },
                peer:call(One, beam_mtls, status, [])
            )
        end)
    end}.

%% Our certificate, as the other node has seen it.
shown_to(Node) ->
    Call = fun(Module, Function, Arguments) -> rpc:call(Node, Module, Function, Arguments, 3000) end,
    [{_, Controller}] = Call(erlang, system_info, [dist_ctrl]),
    {_Receiver, #{certificate := Certificate}} = beam_mtls_link:tls(Call, Controller),
    Certificate.

%% The time it took, the status, and what is left in the caller's mailbox.
status_while_suspended(Part) ->
    [{_, Sender}] = erlang:system_info(dist_ctrl),
    {Receiver, _} = beam_mtls_link:tls(fun erlang:apply/3, Sender),
    Process = maps:get(Part, #{sender => Sender, receiver => Receiver}),
    true = erlang:suspend_process(Process),
    {Micros, Status} = timer:tc(fun beam_mtls:status/0),
    true = erlang:resume_process(Process),
    timer:sleep(200),
    {messages, Left} = process_info(self(), messages),
    {Micros, Status, Left}.
