%% What needs no peer: names in a certificate, the user's own list of nodes, which
%% connections net_kernel takes, and whether a node may start.
-module(beam_mtls_dist_tests).

-include_lib("eunit/include/eunit.hrl").

hosts_are_taken_letter_by_letter_test() ->
    Names = [
        {dNSName, "Pod-0.ns.svc"},
        {dNSName, "pod-1.ns.svc."},
        {iPAddress, [10, 0, 0, 1]},
        {iPAddress, <<10, 0, 0, 2>>},
        {iPAddress, [16#fd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]}
    ],
    ?assertEqual(
        ["10.0.0.1", "10.0.0.2", "Pod-0.ns.svc", "fd00::1", "pod-1.ns.svc."],
        beam_mtls_dist:hosts(Names)
    ).

what_no_host_can_be_is_left_out_test_() ->
    [
        ?_assertEqual([], beam_mtls_dist:hosts([Name]))
     || Name <- [
            {dNSName, "*.ns.svc"},
            {dNSName, ""},
            {dNSName, "a b"},
            {dNSName, "a@b"},
            {dNSName, "a\0b"},
            {dNSName, lists:duplicate(254, $a)},
            {iPAddress, [10, 0, 0]},
            {rfc822Name, "a@b.c"},
            {uniformResourceIdentifier, "spiffe://a/b"}
        ]
    ].

the_users_own_list_still_counts_test() ->
    Hosts = ["10.0.0.1", "pod-0.ns.svc"],
    ?assertEqual(Hosts, beam_mtls_dist:allowed([], Hosts)),
    ?assertEqual(["10.0.0.1"], beam_mtls_dist:allowed(['a@10.0.0.1', 'b@10.0.0.9'], Hosts)),
    ?assertEqual(["pod-0.ns.svc"], beam_mtls_dist:allowed(["pod-0.ns.svc"], Hosts)),
    ?assertEqual(Hosts, beam_mtls_dist:allowed(["a@"], Hosts)),
    ?assertEqual([], beam_mtls_dist:allowed(['a@10.0.0.9'], Hosts)).

may_start(Release, Allowed, ProtoDist, SslDistOpt) ->
    may_start_with(Release, Allowed, #{proto_dist => ProtoDist, ssl_dist_opt => SslDistOpt}).

may_start_with(Release, Allowed, Flags) ->
    None = maps:from_list([{Flag, error} || Flag <- [dist_listen, name, proto_dist, sname, ssl_dist_opt]]),
    case beam_mtls_dist:refusal_to_start("app@10.0.0.1", Release, Allowed, maps:merge(None, Flags)) of
        none -> yes;
        Message -> lists:flatten(Message)
    end.

a_tested_release_with_tls_alone_may_start_test_() ->
    [
        ?_assertEqual(yes, may_start(Release, [], {ok, [[Carrier]]}, error))
     || Release <- ["25", "27", "29"], Carrier <- ["inet_tls", "inet6_tls"]
    ].

the_error_for_another_release_says_how_to_use_it_test() ->
    Tls = {ok, [["inet_tls"]]},
    Message = may_start("28", [], Tls, error),
    ?assertNotEqual(nomatch, string:find(Message, "OTP 28 was not tested")),
    ?assertNotEqual(nomatch, string:find(Message, "BEAM_MTLS_ALLOW_OTP=28")),
    ?assertEqual(yes, may_start("28", ["28"], Tls, error)).

other_protocols_and_weakened_options_may_not_start_test_() ->
    Tls = {ok, [["inet_tls"]]},
    [
        ?_assertNotEqual(yes, may_start("29", [], error, error)),
        ?_assertNotEqual(yes, may_start("29", [], {ok, [["inet_tcp"]]}, error)),
        ?_assertNotEqual(yes, may_start("29", [], {ok, [["inet_tcp", "inet_tls"]]}, error)),
        ?_assertNotEqual(yes, may_start("29", [], {ok, [["inet_tls", "inet_tcp"]]}, error)),
        ?_assertNotEqual(yes, may_start("29", [], {ok, [["inet_tcp"], ["inet_tls"]]}, error)),
        ?_assertNotEqual(yes, may_start("29", ["29"], Tls, {ok, [["server_verify", "verify_none"]]}))
    ].

%% A peer can make the processes of its connection wait for ever.
net_kernel_never_waits_for_a_connection_test() ->
    Silent = spawn(timer, sleep, [infinity]),
    ?assertEqual(normal, refused({beam_mtls, Silent, []}, [])),
    ?assertEqual(normal, refused({beam_mtls, Silent, ["10.0.0.1"]}, ['a@10.0.0.9'])).

a_check_that_would_have_no_effect_may_not_be_asked_for_test() ->
    Flags = #{proto_dist => {ok, [["inet_tls"]]}},
    ?assertEqual(yes, may_start_with("29", [], Flags#{check_ip => false})),
    ?assertNotEqual(yes, may_start_with("29", [], Flags#{check_ip => true})).

a_connection_of_another_acceptor_is_refused_test_() ->
    Silent = spawn(timer, sleep, [infinity]),
    [
        ?_assertEqual(normal, refused(Connection, []))
     || Connection <- [Silent, {sslsocket, fd, [Silent, Silent]}, hd(erlang:ports())]
    ].

refused(Connection, Wanted) ->
    {Micros, Refusing} = timer:tc(fun() ->
        beam_mtls_dist:accept_connection(self(), Connection, node(), Wanted, 7000)
    end),
    ?assert(Micros < 1000000),
    Monitor = monitor(process, Refusing),
    Refusing ! {self(), controller},
    receive
        {'DOWN', Monitor, process, Refusing, Reason} -> Reason
    end.

a_node_has_the_name_that_was_certified_test() ->
    Named = fun(Flags) -> may_start_with("29", [], Flags#{proto_dist => {ok, [["inet_tls"]]}}) end,
    ?assertEqual(yes, Named(#{name => {ok, [["app@10.0.0.1"]]}})),
    ?assertEqual(yes, Named(#{name => {ok, [["app@10.0.0.1"], ["app@10.0.0.1"]]}})),
    ?assertNotEqual(yes, Named(#{name => {ok, [["other@10.0.0.1"], ["app@10.0.0.1"]]}})),
    ?assertNotEqual(yes, Named(#{name => {ok, [["app@10.0.0.1"]]}, sname => {ok, [["other"]]}})),
    ?assertEqual(yes, Named(#{name => {ok, [["rem-1@10.0.0.1"]]}, dist_listen => {ok, [["false"]]}})).
