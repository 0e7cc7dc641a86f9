%% Finds the other nodes of an application in Kubernetes and connects to them. This
%% part of the library runs in a release that wants it.
-module(beam_mtls_discovery).

-if(?OTP_RELEASE >= 27).
-moduledoc """
Finds the other nodes of an application in Kubernetes and connects to them.

It belongs in the supervision tree of the application:

```
{ok, {#{}, [beam_mtls_discovery:child_spec(#{})]}}
```

It periodically looks up the pods of a headless Service in DNS. The host in the
name of this node decides what it looks up, because the names of its peers have the
same form:

- an IPv4 address: A records. The peers are `BASENAME@ADDRESS`.
- an IPv6 address: AAAA records, likewise.
- a host name: SRV records of the port `distribution` of the Service, which contain
  the names of the pods of a StatefulSet.

Neither a failed lookup nor an answer that lacks a peer affects the links that
exist: a link ends when a node does. When this node stops in an orderly way
(`init:stop/0`, which SIGTERM calls too), it asks its peers not to dial it any
more, and disconnects. So start this process before everything that needs the
peers: supervisors stop their children in reverse order. If the node continues to
run, for example when a supervisor restarts its children, its links stay.
""".
-endif.

-behaviour(gen_server).

%% API.
-export([child_spec/1]).
-export([start_link/1]).

%% gen_server.
-export([handle_call/3]).
-export([handle_cast/2]).
-export([handle_info/2]).
-export([init/1]).
-export([terminate/2]).

-include_lib("kernel/include/logger.hrl").

-export_type([options/0]).

%% query     the fully qualified name of the headless Service; the default is the
%%           value of the variable DNS_CLUSTER_QUERY, which the chart sets
%% interval  milliseconds between lookups; the default is 5000
%% resolver  looks up names, and connect dials nodes; tests replace them
-type options() :: #{
    query => string(),
    interval => pos_integer(),
    resolver => fun((a | aaaa | srv, string()) -> {ok, [record_data()]} | {error, term()}),
    connect => fun((node()) -> term())
}.

%% As inet_res returns it.
-type record_data() ::
    inet:ip_address()
    | {Priority :: integer(), Weight :: integer(), inet:port_number(), Host :: string()}.

-define(INTERVAL, 5000).
%% A node without peers waits this long after its first lookup, then twice as long
%% each time, up to the interval.
-define(FIRST_INTERVAL, 200).
-define(LOOK_UP_TIMEOUT, 5000).

%% Node names are atoms, which are never freed: this many hosts are taken from one
%% answer, and this many atoms are made during the life of this process.
-define(MAX_HOSTS, 1000).
-define(MAX_NEW_NAMES, 100000).
-define(MAX_DIALS, 50).

%% DNS may still list a node that left. If it restarts under the same name, it dials
%% us itself.
-define(LEFT_FOR, 60000).
%% Both together are less than the five seconds that a supervisor waits.
-define(NOTIFY_TIMEOUT, 1000).
-define(LEAVE_TIMEOUT, 3000).

-record(state, {
    query :: string(),
    interval :: pos_integer(),
    resolver :: fun(),
    connect :: fun(),
    next_interval = ?FIRST_INTERVAL :: pos_integer(),
    is_failing = false :: boolean(),
    %% Nodes that are being dialed, by the monitors of the processes that dial.
    dials = #{} :: #{reference() => node()},
    %% Nodes that left, and when, in milliseconds of monotonic time.
    left = #{} :: #{node() => integer()},
    new_names_left = ?MAX_NEW_NAMES :: non_neg_integer()
}).

%% API.

%% For a supervisor. In Elixir: {:beam_mtls_discovery, %{}}.
-spec child_spec(options()) -> supervisor:child_spec().
child_spec(Options) ->
    #{id => ?MODULE, start => {?MODULE, start_link, [Options]}}.

%% `ignore` if no query is set or the node has no name, as on a developer's machine.
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

%% gen_server.

-spec init(options()) -> {ok, #state{}} | ignore.
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
    %% inet_res looks up the name as it is and appends no domain of resolv.conf. It
    %% does not accept the trailing dot that would request that.
    Name = string:trim(Query, trailing, "."),
    #state{query = Name, interval = Interval, resolver = Resolver, connect = Connect}.

-spec handle_info(term(), #state{}) -> {noreply, #state{}}.
handle_info(look_up, State) ->
    {noreply, wait(look_up(State))};
handle_info({'DOWN', Monitor, process, _, _}, #state{dials = Dials} = State) ->
    {noreply, State#state{dials = maps:remove(Monitor, Dials)}};
handle_info(_, State) ->
    {noreply, State}.

%% From a peer.
-spec handle_call(term(), gen_server:from(), #state{}) -> {reply, ok, #state{}} | {noreply, #state{}}.
handle_call({leaving, Node}, _From, #state{left = Left} = State) ->
    {reply, ok, State#state{left = Left#{Node => erlang:monotonic_time(millisecond)}}};
handle_call(_, _From, State) ->
    {noreply, State}.

-spec handle_cast(term(), #state{}) -> {noreply, #state{}}.
handle_cast(_, State) ->
    {noreply, State}.

-spec terminate(term(), #state{}) -> term().
terminate(_Reason, _State) ->
    case init:get_status() of
        {stopping, _} -> leave();
        _ -> ok
    end.

%% Looking up.

look_up(#state{query = Query, resolver = Resolver} = State) ->
    {Type, Name} = question(node(), Query),
    case Resolver(Type, Name) of
        {ok, Records} -> dial(Records, succeeded(State));
        {error, Reason} -> failed(Type, Name, Reason, State)
    end.

%% The type and name to look up, by the host of this node.
-spec question(node(), string()) -> {a | aaaa | srv, string()}.
question(Node, Query) ->
    {_, Host} = split(Node),
    case inet:parse_strict_address(Host) of
        {ok, Address} when tuple_size(Address) =:= 4 -> {a, Query};
        {ok, _} -> {aaaa, Query};
        {error, einval} -> {srv, "_distribution._tcp." ++ Query}
    end.

%% With Erlang's resolver: it continues over TCP if an answer does not fit into a
%% datagram, which musl before 1.2.4 does not, and it distinguishes a failure from
%% an empty answer.
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

%% Logged when failures begin and when they end, not each time.
failed(Type, Name, Reason, #state{is_failing = false} = State) ->
    ?LOG_WARNING(
        "discovery: the lookup of the ~ts records of ~ts failed: ~0tp; peers stay connected, and the lookup is retried",
        [string:uppercase(atom_to_list(Type)), Name, Reason]
    ),
    State#state{is_failing = true};
failed(_, _, _, State) ->
    State.

succeeded(#state{is_failing = true, query = Query} = State) ->
    ?LOG_NOTICE("discovery: the lookup of ~ts succeeds again", [Query]),
    State#state{is_failing = false};
succeeded(State) ->
    State.

%% With jitter, so that nodes that start together do not all ask at once.
wait(#state{next_interval = Next, interval = Interval} = State) ->
    Wait = min(Next, Interval),
    _ = erlang:send_after(Wait - Wait div 4 + rand:uniform(Wait div 2 + 1), self(), look_up),
    case nodes() of
        [] -> State#state{next_interval = min(2 * Next, Interval)};
        _ -> State#state{next_interval = Interval}
    end.

%% Dialing.

%% Each node in a separate process, since dialing a pod that is gone takes until a
%% timeout. No node is dialed twice at a time.
dial(Records, State) ->
    Hosts = lists:filter(fun is_qualified/1, lists:usort([host(Record) || Record <- Records])),
    {Nodes, #state{dials = Dials, connect = Connect} = Named} =
        peers(lists:sublist(shuffled(Hosts), ?MAX_HOSTS), State),
    Left = recently_left(Named),
    New = Nodes -- [node() | nodes(connected) ++ maps:values(Dials) ++ maps:keys(Left)],
    Dialed = lists:sublist(New, max(0, ?MAX_DIALS - map_size(Dials))),
    Started = [{start_dial(fun() -> Connect(Node) end), Node} || Node <- Dialed],
    Named#state{dials = maps:merge(Dials, maps:from_list(Started)), left = Left}.

%% It ends with us.
start_dial(Dial) ->
    {_, Monitor} = spawn_opt(Dial, [link, monitor]),
    Monitor.

recently_left(#state{left = Left}) ->
    Since = erlang:monotonic_time(millisecond) - ?LEFT_FOR,
    maps:filter(fun(_, When) -> When > Since end, Left).

host({_Priority, _Weight, _Port, Host}) when is_list(Host) ->
    string:lowercase(Host);
host(Address) ->
    %% The form in node names: RFC 5952.
    inet:ntoa(Address).

%% OTP accepts no other host in a long name.
is_qualified(Host) ->
    lists:member($., Host) orelse lists:member($:, Host).

%% So that nodes that do not answer never keep others from being dialed.
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

%% Leaving.

%% Takes less time than our supervisor allows, even if a peer does not answer.
leave() ->
    {Pid, Monitor} = spawn_monitor(fun notify_and_disconnect/0),
    receive
        {'DOWN', Monitor, process, Pid, _} -> ok
    after ?LEAVE_TIMEOUT -> true = exit(Pid, kill)
    end.

%% If we called disconnect_node/1 for one node after the other, the peers that are
%% still connected would assume a partition and disconnect from one another (kernel's
%% prevent_overlapping_partitions). Hidden nodes, such as consoles, stay connected.
notify_and_disconnect() ->
    _ = gen_server:multi_call(nodes(), ?MODULE, {leaving, node()}, ?NOTIFY_TIMEOUT),
    %% OTP 25.0 lacks it. There the peers notice that the node ends.
    _ = erlang:function_exported(global, disconnect, 0) andalso global:disconnect(),
    ok.
