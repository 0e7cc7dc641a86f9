%% Tells when a link comes and goes, and when a certificate nears its end: to
%% logger, and to telemetry where that is loaded.
%%
%% It belongs into the application's supervision tree:
%%
%%   {ok, {#{}, [beam_mtls_events:child_spec(#{})]}}
%%
%% Reports to logger have the domain [beam_mtls], which OTP's default handler
%% leaves out unless it is given a filter (README.md). Each is a map:
%%
%%   #{event => link_up} and a link's keys (beam_mtls)
%%       a link began, or was there when this process started
%%   #{event => link_down, reason => Reason} and the same keys
%%       it ended, for the reason that net_kernel gives
%%   #{event => certificate_expiring, node => Node, certificate => Details,
%%     seconds_left => Seconds}
%%       two thirds of a certificate's life are over, and again at nine tenths;
%%       of our own as notice and warning, of a peer's as info and notice, since
%%       a peer may have a new one by then, which a link that stays does not show
%%
%% The events of telemetry are
%%
%%   [beam_mtls, link, up | down]         #{system_time => Native}
%%   [beam_mtls, certificate, expiring]   #{seconds_left => Seconds}
%%
%% with the rest of the map, except for `event`, as metadata.
-module(beam_mtls_events).

-behaviour(gen_server).

-export([child_spec/1]).
-export([format/1]).
-export([start_link/1]).

-export([handle_call/3]).
-export([handle_cast/2]).
-export([handle_info/2]).
-export([init/1]).

-ifdef(TEST).
-export([stage/2]).
-endif.

-export_type([options/0]).

%% interval   milliseconds from one look at the certificates to the next, a
%%            minute unless given
-type options() :: #{interval => pos_integer()}.

-type stage() :: two_thirds | nine_tenths.

-define(INTERVAL, 60000).

-record(state, {
    interval :: pos_integer(),
    links = #{} :: #{node() => beam_mtls:link()},
    %% Links that are being asked, by the monitors of the processes that do.
    asked = #{} :: #{reference() => node()},
    %% What was told of certificates, by whose they are and their fingerprints.
    told = #{} :: #{{node(), binary()} => stage()}
}).

%% What a supervisor takes; in Elixir, {:beam_mtls_events, %{}}.
-spec child_spec(options()) -> supervisor:child_spec().
child_spec(Options) ->
    #{id => ?MODULE, start => {?MODULE, start_link, [Options]}}.

%% `ignore` where the node has no name.
-spec start_link(options()) -> {ok, pid()} | ignore | {error, {bad_option, atom()} | term()}.
start_link(Options) ->
    case maps:keys(maps:without([interval], Options)) of
        [] -> gen_server:start_link({local, ?MODULE}, ?MODULE, maps:merge(#{interval => ?INTERVAL}, Options), []);
        [Unknown | _] -> {error, {bad_option, Unknown}}
    end.

init(#{interval := Interval}) ->
    case is_alive() of
        true ->
            ok = net_kernel:monitor_nodes(true, [{node_type, all}, nodedown_reason]),
            %% Where code is loaded when it is called first.
            _ = code:ensure_loaded(telemetry),
            self() ! look_at_certificates,
            {ok, lists:foldl(fun ask/2, #state{interval = Interval}, nodes(connected))};
        false ->
            ignore
    end.

handle_info({nodeup, Node, _}, State) ->
    {noreply, ask(Node, State)};
handle_info({nodedown, Node, Info}, State) ->
    {noreply, down(Node, proplists:get_value(nodedown_reason, Info), State)};
handle_info({'DOWN', Monitor, process, _, Answer}, #state{asked = Asked} = State) ->
    case maps:take(Monitor, Asked) of
        {Node, Others} -> {noreply, up(told_link(Node, Answer), State#state{asked = Others})};
        error -> {noreply, State}
    end;
handle_info(look_at_certificates, #state{interval = Interval} = State) ->
    _ = erlang:send_after(Interval, self(), look_at_certificates),
    {noreply, look_at_certificates(State)};
handle_info(_, State) ->
    {noreply, State}.

handle_call(_, _From, State) ->
    {noreply, State}.

handle_cast(_, State) ->
    {noreply, State}.

%%% Links

%% By a process of its own: a busy link lets it wait. One that was there when we
%% started may also be told as new.
ask(Node, #state{links = Links, asked = Asked} = State) ->
    case maps:is_key(Node, Links) orelse lists:member(Node, maps:values(Asked)) of
        true ->
            State;
        false ->
            {_, Monitor} = spawn_monitor(fun() -> exit(beam_mtls:link_to(Node)) end),
            State#state{asked = Asked#{Monitor => Node}}
    end.

told_link(_Node, {ok, Link}) ->
    Link;
%% Gone while it was asked.
told_link(Node, _) ->
    #{node => Node, hidden => false, direction => unknown, tls => unknown}.

up(#{node := Node} = Link, #state{links = Links} = State) ->
    tell(notice, Link#{event => link_up}),
    State#state{links = Links#{Node => Link}}.

%% What came up is told before it went down.
down(Node, Reason, #state{links = Links, asked = Asked} = State) ->
    case maps:take(Node, Links) of
        {Link, Others} ->
            tell(notice, Link#{event => link_down, reason => Reason}),
            State#state{links = Others};
        error ->
            case [Monitor || {Monitor, Other} <- maps:to_list(Asked), Other =:= Node] of
                [Monitor] ->
                    true = demonitor(Monitor, [flush]),
                    Up = up(told_link(Node, gone), State#state{asked = maps:remove(Monitor, Asked)}),
                    down(Node, Reason, Up);
                [] ->
                    State
            end
    end.

%%% Certificates

look_at_certificates(#state{links = Links, told = Told} = State) ->
    Own = [{own, node(), Certificate} || #{} = Certificate <- [beam_mtls:own_certificate()]],
    Peers = [
        {peer, Node, Certificate}
     || #{node := Node, tls := #{certificate := Certificate}} <- maps:values(Links)
    ],
    Now = erlang:system_time(second),
    Stages = [look_at(Whose, Now, Told) || Whose <- Own ++ Peers],
    %% Those that are gone are forgotten.
    State#state{told = maps:from_list([{Key, Stage} || {Key, Stage} <- Stages, Stage =/= none])}.

look_at({Side, Node, #{sha256 := Sha256, not_after := NotAfter} = Certificate}, Now, Told) ->
    Stage = stage(Certificate, Now),
    _ =
        Stage =:= none orelse Stage =:= maps:get({Node, Sha256}, Told, none) orelse
            tell(level(Side, Stage), #{
                event => certificate_expiring,
                node => Node,
                certificate => Certificate,
                seconds_left => NotAfter - Now
            }),
    {{Node, Sha256}, Stage}.

-spec stage(beam_mtls_certificate:details(), integer()) -> none | stage().
stage(#{not_before := NotBefore, not_after := NotAfter}, Now) ->
    Life = NotAfter - NotBefore,
    Lived = Now - NotBefore,
    if
        10 * Lived >= 9 * Life -> nine_tenths;
        3 * Lived >= 2 * Life -> two_thirds;
        true -> none
    end.

level(own, nine_tenths) -> warning;
level(own, two_thirds) -> notice;
level(peer, nine_tenths) -> notice;
level(peer, two_thirds) -> info.

%%% Telling

tell(Level, #{event := Event} = Report) ->
    logger:log(Level, Report, #{domain => [beam_mtls], report_cb => fun ?MODULE:format/1}),
    {Name, Measurements, Metadata} = measured(Event, maps:remove(event, Report)),
    execute(telemetry, [beam_mtls | Name], Measurements, Metadata).

measured(link_up, Link) ->
    {[link, up], #{system_time => erlang:system_time()}, Link};
measured(link_down, Link) ->
    {[link, down], #{system_time => erlang:system_time()}, Link};
measured(certificate_expiring, Report) ->
    {Left, Metadata} = maps:take(seconds_left, Report),
    {[certificate, expiring], #{seconds_left => Left}, Metadata}.

%% The module is a variable so that nobody takes it for a dependency.
execute(Module, Name, Measurements, Metadata) ->
    case erlang:function_exported(Module, execute, 3) of
        true -> Module:execute(Name, Measurements, Metadata);
        false -> ok
    end.

%% For logger: one line of text.
-spec format(logger:report()) -> {io:format(), [term()]}.
format(#{event := link_up, node := Node} = Link) ->
    {"link with ~ts is up~ts", [Node, described(Link)]};
format(#{event := link_down, node := Node, reason := Reason} = Link) ->
    {"link with ~ts is down: ~0tp~ts", [Node, Reason, described(Link)]};
format(#{event := certificate_expiring, node := Node, seconds_left := Left, certificate := Certificate}) ->
    {"the certificate of ~ts ends in ~b s~ts", [Node, Left, certificate(Certificate)]}.

described(#{tls := none}) ->
    ", without TLS";
described(#{tls := unknown}) ->
    "";
described(#{direction := Direction, tls := #{version := Version, certificate := Certificate}}) ->
    [io_lib:format(", ~ts, ~ts", [Direction, Version]), certificate(Certificate)].

certificate(#{subject := Subject, names := Names, serial := Serial}) ->
    io_lib:format(", certificate ~ts of ~ts", [Serial, lists:join($\s, [Subject || Subject =/= <<>>] ++ Names)]).
