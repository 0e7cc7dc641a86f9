%% Details of certificates, including some that no good CA would issue.
-module(beam_mtls_certificate_tests).

-include_lib("eunit/include/eunit.hrl").
-include_lib("public_key/include/public_key.hrl").

names_have_their_kind_test() ->
    Der = certificate([
        {dNSName, "pod-0.ns.svc"},
        {iPAddress, <<10, 0, 0, 1>>},
        {iPAddress, <<16#fd00:16, 0:96, 1:16>>},
        {uniformResourceIdentifier, "spiffe://a/b"},
        {rfc822Name, "a@b.c"}
    ]),
    ?assertMatch(
        #{names := [<<"dns:pod-0.ns.svc">>, <<"ip:10.0.0.1">>, <<"ip:fd00::1">>, <<"uri:spiffe://a/b">>]},
        beam_mtls_certificate:details(Der)
    ).

numbers_are_hexadecimal_test() ->
    Der = certificate([{dNSName, "a"}]),
    #{serial := Serial, sha256 := Sha256} = beam_mtls_certificate:details(Der),
    #'OTPCertificate'{tbsCertificate = #'OTPTBSCertificate'{serialNumber = Number}} =
        public_key:pkix_decode_cert(Der, otp),
    ?assertEqual(Number, binary_to_integer(Serial, 16)),
    ?assertEqual(crypto:hash(sha256, Der), <<(binary_to_integer(Sha256, 16)):256>>),
    ?assertEqual(64, byte_size(Sha256)).

times_of_both_kinds_are_seconds_test_() ->
    [
        ?_assertEqual(0, beam_mtls_certificate:seconds({utcTime, "700101000000Z"})),
        ?_assertEqual(1709164799, beam_mtls_certificate:seconds({utcTime, "240228235959Z"})),
        ?_assertEqual(2493158399, beam_mtls_certificate:seconds({utcTime, "490101235959Z"})),
        ?_assertEqual(2556230399, beam_mtls_certificate:seconds({generalTime, "20510101235959Z"}))
    ].

a_subject_is_written_the_last_part_first_test() ->
    ?assertEqual(
        <<"1.2.3=?,CN=w", 16#c3, 16#a4, "b,O=shop">>,
        subject([
            {?'id-at-organizationName', {printableString, "shop"}},
            {?'id-at-commonName', {utf8String, <<"w", 16#c3, 16#a4, "b">>}},
            {{1, 2, 3}, 5}
        ])
    ).

a_value_cannot_pass_itself_off_as_another_attribute_test() ->
    ?assertEqual(<<"CN=a\\,O\\=b?c">>, subject([{?'id-at-commonName', {utf8String, <<"a,O=b\nc">>}}])).

what_is_not_text_is_readable_all_the_same_test() ->
    ?assertEqual(<<"CN=", 16#c3, 16#bf>>, subject([{?'id-at-commonName', {utf8String, <<16#ff>>}}])).

subject(Attributes) ->
    Sequence = [[{attribute, Type, Value}] || {Type, Value} <- Attributes],
    beam_mtls_certificate:distinguished_name({rdnSequence, Sequence}).

certificate(Names) ->
    Extension = #'Extension'{extnID = ?'id-ce-subjectAltName', extnValue = Names, critical = false},
    Chain = #{root => [], intermediates => [], peer => [{extensions, [Extension]}]},
    #{server_config := Config} = public_key:pkix_test_data(#{server_chain => Chain, client_chain => Chain}),
    proplists:get_value(cert, Config).
