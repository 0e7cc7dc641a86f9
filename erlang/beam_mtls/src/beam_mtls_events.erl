%% Reports when a link comes up or goes down and when a certificate nears its expiry:
%% to logger, and to telemetry if that is loaded.
-module(beam_mtls_events).

-if(?OTP_RELEASE >= 27).
-moduledoc """
Reports when a link comes up or goes down and when a certificate nears its expiry:
to `logger`, and to `telemetry` if that is loaded.

It belongs in the supervision tree of the application:

```
{ok, {#{}, [beam_mtls_events:child_spec(#{})]}}
```

Reports to `logger` have the domain `[beam_mtls]`, which the default handler of OTP
drops unless it has a filter (see the README). Each report is a map:

- `#{event => link_up}` and the keys of `t:beam_mtls:link/0`: a link came up, or
  existed when this process started.
- `#{event => link_down, reason => Reason}` and the same keys: a link went down, for
  the reason that `net_kernel` gives.
- `#{event => certificate_expiring, node => Node, certificate => Details,
  seconds_left => Seconds}`: two thirds of the lifetime of a certificate have
  passed, and again at nine tenths. For the certificate of this node these are
  reported as notice and warning, for that of a peer as info and notice, because a
  peer may have a newer one, which an existing link does not show.

The events for `telemetry` are `[beam_mtls, link, up]` and `[beam_mtls, link, down]`
with the measurement `system_time`, and `[beam_mtls, certificate, expiring]` with
`seconds_left`. Their metadata is the rest of the map, without `event`.
""".
-endif.

-behaviour(gen_server).

%% API.
-export([child_spec/1]).
-export([format/1]).
-export([start_link/1]).

%% gen_server.
-export([handle_call/3]).
-export([handle_cast/2]).
-export([handle_info/2]).
-export([init/1]).

-ifdef(TEST).
-export([stage/2]).
-endif.

-export_type([options/0]).

%% interval   milliseconds between checks of the certificates; the default is a
%%            minute
-type options() :: #{interval => pos_integer()}.

-type stage() :: two_thirds | nine_tenths.

-define(INTERVAL, 60000).

-record(state, {
    interval :: pos_integer(),
    links = #{} :: #{node() => beam_mtls:link()},
    %% Links that are being examined, by the monitors of the processes that do so.
    examined = #{} :: #{reference() => node()},
    %% The stage last reported of a certificate, by its node and fingerprint.
    reported = #{} :: #{{node(), binary()} => stage()}
}).

%% API.

%% For a supervisor. In Elixir: {:beam_mtls_events, %{}}.
-spec child_spec(options()) -> supervisor:child_spec().
child_spec(Options) ->
    #{id => ?MODULE, start => {?MODULE, start_link, [Options]}}.

%% `ignore` if the node has no name.
-spec start_link(options()) -> {ok, pid()} | ignore | {error, {bad_option, atom()} | term()}.
start_link(Options) ->
    case maps:keys(maps:without([interval], Options)) of
        [] -> gen_server:start_link({local, ?MODULE}, ?MODULE, maps:merge(#{interval => ?INTERVAL}, Options), []);
        [Unknown | _] -> {error, {bad_option, Unknown}}
    end.

%% gen_server.

-spec init(options()) -> {ok, #state{}} | ignore.
init(#{interval := Interval}) ->
    case is_alive() of
        true ->
            ok = net_kernel:monitor_nodes(true, [{node_type, all}, nodedown_reason]),
            %% In interactive mode, code is loaded only when it is first called.
            _ = code:ensure_loaded(telemetry),
            self() ! check_certificates,
            {ok, lists:foldl(fun examine/2, #state{interval = Interval}, nodes(connected))};
        false ->
            ignore
    end.

-spec handle_info(term(), #state{}) -> {noreply, #state{}}.
handle_info({nodeup, Node, _}, State) ->
    {noreply, examine(Node, State)};
handle_info({nodedown, Node, Info}, State) ->
    {noreply, down(Node, proplists:get_value(nodedown_reason, Info), State)};
handle_info({'DOWN', Monitor, process, _, Answer}, #state{examined = Examined} = State) ->
    case maps:take(Monitor, Examined) of
        {Node, Others} -> {noreply, up(link_from(Node, Answer), State#state{examined = Others})};
        error -> {noreply, State}
    end;
handle_info(check_certificates, #state{interval = Interval} = State) ->
    _ = erlang:send_after(Interval, self(), check_certificates),
    {noreply, check_certificates(State)};
handle_info(_, State) ->
    {noreply, State}.

-spec handle_call(term(), gen_server:from(), #state{}) -> {noreply, #state{}}.
handle_call(_, _From, State) ->
    {noreply, State}.

-spec handle_cast(term(), #state{}) -> {noreply, #state{}}.
handle_cast(_, State) ->
    {noreply, State}.

%% Links.

%% In a separate process, since a busy link takes time to answer. A link that existed
%% when we started may also be announced as new.
examine(Node, #state{links = Links, examined = Examined} = State) ->
    case maps:is_key(Node, Links) orelse lists:member(Node, maps:values(Examined)) of
        true ->
            State;
        false ->
            {_, Monitor} = spawn_monitor(fun() -> exit(beam_mtls:link_to(Node)) end),
            State#state{examined = Examined#{Monitor => Node}}
    end.

link_from(_Node, {ok, Link}) ->
    Link;
%% It went down before it answered.
link_from(Node, _) ->
    #{node => Node, hidden => false, direction => unknown, tls => unknown}.

up(#{node := Node} = Link, #state{links = Links} = State) ->
    report(notice, Link#{event => link_up}),
    State#state{links = Links#{Node => Link}}.

%% A link is announced as up before it is announced as down.
down(Node, Reason, #state{links = Links, examined = Examined} = State) ->
    case maps:take(Node, Links) of
        {Link, Others} ->
            report(notice, Link#{event => link_down, reason => Reason}),
            State#state{links = Others};
        error ->
            case [Monitor || {Monitor, Other} <- maps:to_list(Examined), Other =:= Node] of
                [Monitor] ->
                    true = demonitor(Monitor, [flush]),
                    Up = up(link_from(Node, gone), State#state{examined = maps:remove(Monitor, Examined)}),
                    down(Node, Reason, Up);
                [] ->
                    State
            end
    end.

%% Certificates.

check_certificates(#state{links = Links, reported = Reported} = State) ->
    Own = [{own, node(), Certificate} || #{} = Certificate <- [beam_mtls:own_certificate()]],
    Peers = [
        {peer, Node, Certificate}
     || #{node := Node, tls := #{certificate := Certificate}} <- maps:values(Links)
    ],
    Now = erlang:system_time(second),
    Stages = [check(Whose, Now, Reported) || Whose <- Own ++ Peers],
    %% Certificates that are gone are forgotten.
    State#state{reported = maps:from_list([{Key, Stage} || {Key, Stage} <- Stages, Stage =/= none])}.

check({Side, Node, #{sha256 := Sha256, not_after := NotAfter} = Certificate}, Now, Reported) ->
    Stage = stage(Certificate, Now),
    _ =
        Stage =:= none orelse Stage =:= maps:get({Node, Sha256}, Reported, none) orelse
            report(level(Side, Stage), #{
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

%% Reporting.

report(Level, #{event := Event} = Report) ->
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

%% The module is a variable, so that tools do not take it for a dependency.
execute(Module, Name, Measurements, Metadata) ->
    case erlang:function_exported(Module, execute, 3) of
        true -> Module:execute(Name, Measurements, Metadata);
        false -> ok
    end.

%% The report_cb for logger: one line of text.
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
