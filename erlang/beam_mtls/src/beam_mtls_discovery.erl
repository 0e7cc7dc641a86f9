%% Finds the other nodes of an application in Kubernetes and connects to them:
%% the part of this library that is put into a release, where it is wanted.
%%
%% It belongs into the application's supervision tree:
%%
%%   {ok, {#{}, [beam_mtls_discovery:child_spec(#{})]}}
%%
%% Again and again it asks DNS for the pods of a headless Service. The host of
%% our own node's name decides what is asked for, since the peers' names are
%% made alike:
%%
%%   an IPv4 address    A records; the peers are BASENAME@ADDRESS
%%   an IPv6 address    AAAA records, the same
%%   a name             SRV records of the Service's port `distribution`, which
%%                      hold the names of a StatefulSet's pods
%%
%% A look-up that fails, or that lacks a peer, says nothing about the connections
%% that exist: they end when a node does. When our own does in an orderly way
%% (init:stop, which SIGTERM calls too), the peers are told not to dial it any
%% more, and left. So start this before whatever needs them: supervisors stop
%% their children in the reverse order. Where the node goes on, as when a
%% supervisor starts its children anew, nobody is left.
-module(beam_mtls_discovery).

-behaviour(gen_server).

-export([child_spec/1]).
-export([start_link/1]).

-export([handle_call/3]).
-export([handle_cast/2]).
-export([handle_info/2]).
-export([init/1]).
-export([terminate/2]).

-include_lib("kernel/include/logger.hrl").

-export_type([options/0]).

%% query     name of the headless Service, fully qualified; unless given, what
%%           the variable DNS_CLUSTER_QUERY holds, as the chart sets it
%% interval  milliseconds from one look-up to the next, 5000 unless given
%% resolver  what asks DNS, connect what dials: tests have their own
-type options() :: #{
    query => string(),
    interval => pos_integer(),
    resolver => fun((a | aaaa | srv, string()) -> {ok, [record_data()]} | {error, term()}),
    connect => fun((node()) -> term())
}.

%% As inet_res has it.
-type record_data() ::
    inet:ip_address()
    | {Priority :: integer(), Weight :: integer(), inet:port_number(), Host :: string()}.

-define(INTERVAL, 5000).
%% A node that has no peer yet waits this long after its first look-up, then
%% twice as long each time, until it is the interval.
-define(FIRST_INTERVAL, 200).
-define(LOOK_UP_TIMEOUT, 5000).

%% Names of nodes are atoms, which are never freed: so many are taken of one
%% answer, and so many are made in the life of this process.
-define(MAX_HOSTS, 1000).
-define(MAX_NEW_NAMES, 100000).
-define(MAX_DIALS, 50).

%% DNS may still have a node that left. One of its name that starts anew dials
%% us itself.
-define(LEFT_FOR, 60000).
%% Together less than the five seconds that a supervisor waits.
-define(TELL_TIMEOUT, 1000).
-define(LEAVE_TIMEOUT, 3000).

-record(state, {
    query :: string(),
    interval :: pos_integer(),
    resolver :: fun(),
    connect :: fun(),
    next_interval = ?FIRST_INTERVAL :: pos_integer(),
    is_failing = false :: boolean(),
    %% Nodes that are being dialled, by the monitors of the processes that do.
    dials = #{} :: #{reference() => node()},
    %% Nodes that left, and when in milliseconds of monotonic time.
    left = #{} :: #{node() => integer()},
    new_names_left = ?MAX_NEW_NAMES :: non_neg_integer()
}).

%% What a supervisor takes; in Elixir, {:beam_mtls_discovery, %{}}.
-spec child_spec(options()) -> supervisor:child_spec().
child_spec(Options) ->
    #{id => ?MODULE, start => {?MODULE, start_link, [Options]}}.

%% `ignore` where no query is set or the node has no name, as on a developer's
%% machine.
-spec start_link(options()) -> {ok, pid()} | ignore | {error, {bad_option, atom()} | term()}.
start_link(Options) ->
    Defaults = #{
        query => os:getenv("DNS_CLUSTER_QUERY", ""),
        interval => ?INTERVAL,
        resolver => fun resolve/2,
        connect => fun net_kernel:connect_node/1
    },
    case maps:keys(maps:without(maps:keys(Defaults), Options)) of
        [] -> gen_server:start_link({local, ?MODULE}, ?MODULE, maps:merge(Defaults, Options), []);
        [Unknown | _] -> {error, {bad_option, Unknown}}
    end.

init(#{query := Query} = Options) ->
    case Query =/= "" andalso is_alive() of
        true ->
            false = process_flag(trap_exit, true),
            {ok, first_look_up(Options)};
        false ->
            ignore
    end.

first_look_up(#{query := Query, interval := Interval, resolver := Resolver, connect := Connect}) ->
    self() ! look_up,
    %% inet_res asks for a name as it is: none of the domains of resolv.conf is
    %% appended. The dot that would say so is not part of a name to it.
    Name = string:trim(Query, trailing, "."),
    #state{query = Name, interval = Interval, resolver = Resolver, connect = Connect}.

handle_info(look_up, State) ->
    {noreply, wait(look_up(State))};
handle_info({'DOWN', Monitor, process, _, _}, #state{dials = Dials} = State) ->
    {noreply, State#state{dials = maps:remove(Monitor, Dials)}};
handle_info(_, State) ->
    {noreply, State}.

%% Of a peer.
handle_call({leaving, Node}, _From, #state{left = Left} = State) ->
    {reply, ok, State#state{left = Left#{Node => erlang:monotonic_time(millisecond)}}};
handle_call(_, _From, State) ->
    {noreply, State}.

handle_cast(_, State) ->
    {noreply, State}.

terminate(_Reason, _State) ->
    case init:get_status() of
        {stopping, _} -> leave();
        _ -> ok
    end.

%%% Looking up

look_up(#state{query = Query, resolver = Resolver} = State) ->
    {Type, Name} = question(node(), Query),
    case Resolver(Type, Name) of
        {ok, Records} -> dial(Records, succeeded(State));
        {error, Reason} -> failed(Type, Name, Reason, State)
    end.

%% What is asked for, by the host of our own name.
-spec question(node(), string()) -> {a | aaaa | srv, string()}.
question(Node, Query) ->
    {_, Host} = split(Node),
    case inet:parse_strict_address(Host) of
        {ok, Address} when tuple_size(Address) =:= 4 -> {a, Query};
        {ok, _} -> {aaaa, Query};
        {error, einval} -> {srv, "_distribution._tcp." ++ Query}
    end.

%% By Erlang's own resolver: it goes on over TCP with an answer that is too long
%% for a datagram, which musl before 1.2.4 does not, and tells a failure from an
%% empty answer.
resolve(Type, Name) ->
    case inet_res:resolve(Name, in, Type, [], ?LOOK_UP_TIMEOUT) of
        {ok, Message} ->
            Answers = inet_dns:msg(Message, anlist),
            {ok, [inet_dns:rr(Answer, data) || Answer <- Answers, inet_dns:rr(Answer, type) =:= Type]};
        {error, {Reason, _Message}} ->
            {error, Reason};
        {error, Reason} ->
            {error, Reason}
    end.

%% Said when it begins and when it ends, not each time.
failed(Type, Name, Reason, #state{is_failing = false} = State) ->
    ?LOG_WARNING(
        "discovery: looking up the ~ts records of ~ts failed: ~0tp; peers stay connected, and it is tried again",
        [string:uppercase(atom_to_list(Type)), Name, Reason]
    ),
    State#state{is_failing = true};
failed(_, _, _, State) ->
    State.

succeeded(#state{is_failing = true, query = Query} = State) ->
    ?LOG_NOTICE("discovery: ~ts can be looked up again", [Query]),
    State#state{is_failing = false};
succeeded(State) ->
    State.

%% Nodes that were started together shall not ask together.
wait(#state{next_interval = Next, interval = Interval} = State) ->
    Wait = min(Next, Interval),
    _ = erlang:send_after(Wait - Wait div 4 + rand:uniform(Wait div 2 + 1), self(), look_up),
    case nodes() of
        [] -> State#state{next_interval = min(2 * Next, Interval)};
        _ -> State#state{next_interval = Interval}
    end.

%%% Dialling

%% Each node by a process of its own, since a pod that is gone does not answer
%% and is waited for; none is dialled twice at a time.
dial(Records, State) ->
    Hosts = lists:filter(fun is_qualified/1, lists:usort([host(Record) || Record <- Records])),
    {Nodes, #state{dials = Dials, connect = Connect} = Named} =
        peers(lists:sublist(shuffled(Hosts), ?MAX_HOSTS), State),
    Left = recently_left(Named),
    New = Nodes -- [node() | nodes(connected) ++ maps:values(Dials) ++ maps:keys(Left)],
    Dialled = lists:sublist(New, max(0, ?MAX_DIALS - map_size(Dials))),
    Started = [{start_dial(fun() -> Connect(Node) end), Node} || Node <- Dialled],
    Named#state{dials = maps:merge(Dials, maps:from_list(Started)), left = Left}.

%% Ends with us.
start_dial(Dial) ->
    {_, Monitor} = spawn_opt(Dial, [link, monitor]),
    Monitor.

recently_left(#state{left = Left}) ->
    Since = erlang:monotonic_time(millisecond) - ?LEFT_FOR,
    maps:filter(fun(_, When) -> When > Since end, Left).

host({_Priority, _Weight, _Port, Host}) when is_list(Host) ->
    string:lowercase(Host);
host(Address) ->
    %% As nodes are named: RFC 5952.
    inet:ntoa(Address).

%% OTP takes no other host for one of a long name.
is_qualified(Host) ->
    lists:member($., Host) orelse lists:member($:, Host).

%% So that those who do not answer never keep the others from being dialled.
shuffled(List) ->
    [Element || {_, Element} <- lists:sort([{rand:uniform(), Element} || Element <- List])].

peers(Hosts, State) ->
    {Basename, _} = split(node()),
    lists:foldl(
        fun(Host, {Nodes, #state{new_names_left = Left} = Before}) ->
            case named(Basename ++ "@" ++ Host, Left) of
                {known, Node} -> {[Node | Nodes], Before};
                {new, Node} -> {[Node | Nodes], Before#state{new_names_left = Left - 1}};
                none -> {Nodes, Before}
            end
        end,
        {[], State},
        Hosts
    ).

named(Name, Left) ->
    try
        {known, list_to_existing_atom(Name)}
    catch
        error:badarg when Left > 0, length(Name) =< 255 -> {new, list_to_atom(Name)};
        error:_ -> none
    end.

split(Node) ->
    [Basename, Host] = string:split(atom_to_list(Node), "@"),
    {Basename, Host}.

%%% Leaving

%% A peer that does not answer is not waited for longer than our supervisor waits.
leave() ->
    {Pid, Monitor} = spawn_monitor(fun tell_and_disconnect/0),
    receive
        {'DOWN', Monitor, process, Pid, _} -> ok
    after ?LEAVE_TIMEOUT -> true = exit(Pid, kill)
    end.

%% With disconnect_node/1, one node after the other, those that are still
%% connected would take it for a partition and leave one another too (kernel's
%% prevent_overlapping_partitions). Hidden nodes, such as consoles, stay.
tell_and_disconnect() ->
    _ = gen_server:multi_call(nodes(), ?MODULE, {leaving, node()}, ?TELL_TIMEOUT),
    %% OTP 25.0 lacks it: there, the end of the node is what its peers see.
    _ = erlang:function_exported(global, disconnect, 0) andalso global:disconnect(),
    ok.
