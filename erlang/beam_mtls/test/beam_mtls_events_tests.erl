%% Reports about links and certificates, on nodes that OTP alone connects.
-module(beam_mtls_events_tests).

-include_lib("eunit/include/eunit.hrl").

%% Called on those nodes.
-export([reported/2]).
-export([watch/2]).

%% A handler of logger.
-export([log/2]).

-define(OTHER, 'b@127.0.0.2').

a_link_is_reported_when_it_comes_up_and_when_it_goes_down_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_tls_pair([], fun(One, Other) ->
            ok = call(One, watch, [#{}, telemetry()]),
            [{notice, Up}] = call(One, reported, [logged, 1]),
            ?assertMatch(#{event := link_up, node := ?OTHER, direction := out, hidden := false}, Up),
            #{tls := #{certificate := Certificate}} = Up,
            ok = peer:stop(Other),
            [{notice, Down}] = call(One, reported, [logged, 1]),
            ?assertMatch(#{event := link_down, node := ?OTHER, tls := #{certificate := Certificate}}, Down),
            ?assert(is_map_key(reason, Down)),
            [{up, UpMetadata}, {down, DownMetadata}] = call(One, reported, [measured, 2]),
            ?assertEqual(maps:remove(event, Up), UpMetadata),
            ?assertEqual(maps:remove(event, Down), DownMetadata)
        end)
    end}.

a_plain_link_is_reported_and_telemetry_is_not_needed_test_() ->
    {timeout, 30, fun() ->
        beam_mtls_test_nodes:with_plain_pair(["-hidden"], fun(One, _Other) ->
            ok = call(One, watch, [#{}, none]),
            ?assertMatch([{notice, #{event := link_up, hidden := true, tls := none}}], call(One, reported, [logged, 1]))
        end)
    end}.

certificates_that_near_their_expiry_are_reported_once_test_() ->
    [
        {timeout, 30, fun() ->
            beam_mtls_test_nodes:with_tls_pair([], Days, fun(One, _Other) ->
                ok = call(One, watch, [#{interval => 20}, none]),
                timer:sleep(500),
                Told = [
                    {Level, Node}
                 || {Level, #{event := certificate_expiring, node := Node}} <- call(One, reported, [logged, 0])
                ],
                ?assertEqual(lists:sort(Expected), lists:sort(Told))
            end)
        end}
     || {Days, Expected} <- [
            {{10, 20}, []},
            {{80, 20}, [{notice, 'a@127.0.0.1'}, {info, ?OTHER}]},
            {{95, 5}, [{warning, 'a@127.0.0.1'}, {notice, ?OTHER}]}
        ]
    ].

two_thirds_come_before_nine_tenths_test_() ->
    Certificate = #{not_before => 100, not_after => 1000},
    [
        ?_assertEqual(Stage, beam_mtls_events:stage(Certificate, Now))
     || {Now, Stage} <- [
            {100, none},
            {699, none},
            {700, two_thirds},
            {909, two_thirds},
            {910, nine_tenths},
            {5000, nine_tenths}
        ]
    ].

a_line_has_the_peer_and_its_certificate_test() ->
    Link = #{
        node => ?OTHER,
        hidden => false,
        direction => in,
        tls => #{
            version => 'tlsv1.3',
            cipher => <<"TLS_AES_256_GCM_SHA384">>,
            certificate => #{subject => <<>>, names => [<<"dns:b">>, <<"ip:10.0.0.1">>], serial => <<"2a">>}
        }
    },
    ?assertEqual(
        "link with b@127.0.0.2 is up, in, tlsv1.3, certificate 2a of dns:b ip:10.0.0.1",
        line(Link#{event => link_up})
    ),
    ?assertEqual(
        "link with b@127.0.0.2 is down: {some,reason}, without TLS",
        line(Link#{event => link_down, reason => {some, reason}, tls => none})
    ).

a_node_without_a_name_reports_nothing_test() ->
    ?assertEqual(ignore, beam_mtls_events:start_link(#{})).

an_unknown_option_is_named_test() ->
    ?assertEqual({error, {bad_option, intervall}}, beam_mtls_events:start_link(#{intervall => 1})).

line(Report) ->
    {Format, Arguments} = beam_mtls_events:format(Report),
    lists:flatten(io_lib:format(Format, Arguments)).

call(Node, Function, Arguments) ->
    beam_mtls_test_nodes:call(Node, ?MODULE, Function, Arguments).

%% A telemetry that passes on events about links.
telemetry() ->
    Forms = [
        "-module(telemetry).",
        "-export([execute/3]).",
        "execute([beam_mtls, link, Event], #{system_time := _}, Metadata) ->"
        " tester ! {measured, {Event, Metadata}}, ok."
    ],
    {ok, telemetry, Object} = compile:forms([form(Form) || Form <- Forms]),
    Object.

form(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Form} = erl_parse:parse_form(Tokens),
    Form.

%%% On the nodes

%% A process keeps the reports, since each call runs in a different one.
watch(Options, Telemetry) ->
    true = register(tester, spawn(fun() -> keep([]) end)),
    _ = Telemetry =:= none orelse code:load_binary(telemetry, "telemetry", Telemetry),
    ok = logger:set_primary_config(level, info),
    ok = logger:add_handler(tester, ?MODULE, #{
        filter_default => stop,
        filters => [{own, {fun logger_filters:domain/2, {log, sub, [beam_mtls]}}}]
    }),
    {ok, Pid} = beam_mtls_events:start_link(Options),
    true = unlink(Pid),
    ok.

log(#{level := Level, msg := {report, Report}}, _Config) ->
    tester ! {logged, {Level, Report}}.

keep(Told) ->
    receive
        {take, From, Tag, Count} ->
            Taken = [Value || {T, Value} <- lists:reverse(Told), T =:= Tag],
            case length(Taken) >= Count of
                true ->
                    From ! {reported, Taken},
                    keep([Other || {T, _} = Other <- Told, T =/= Tag]);
                false ->
                    timer:sleep(20),
                    self() ! {take, From, Tag, Count},
                    keep(Told)
            end;
        New ->
            keep([New | Told])
    end.

%% The reports since the last call, once there are this many.
reported(Tag, Count) ->
    tester ! {take, self(), Tag, Count},
    receive
        {reported, Taken} -> Taken
    after 10000 -> timeout
    end.
