%% Distribution over TLS in which a node can only be who its certificate says.
%%
%% OTP's own TLS distribution looks whether a peer's certificate comes from the
%% right CA, not whether it belongs to the node name that the peer then claims.
%% This module closes that gap without a change to the user's release: the
%% option file (-ssl_dist_optfile) loads it, `-proto_dist inet_tls` stays, and
%% `verify/3` puts it in the place of OTP's carrier in net_kernel's listeners.
%% From there every incoming connection passes `accept_connection/5`, which
%% allows only the hosts that stand in the peer's certificate.
%%
%% Whatever goes wrong admits nobody: `verify/3` refuses every peer unless the
%% module really is in net_kernel's listeners at that moment.
-module(beam_mtls_dist).

%% For the option file.
-export([start/2]).
-export([verify/3]).

%% What net_kernel asks of a listener's module (ERTS User's Guide, "How to
%% Implement an Alternative Carrier for the Erlang Distribution").
-export([accept/1]).
-export([accept_connection/5]).
-export([close/1]).
-export([select/1]).
-export([setup/5]).

-ifdef(TEST).
-export([allowed/2]).
-export([hosts/1]).
-export([processes_of/1]).
-export([refusal_to_start/4]).
-export([with_carrier_replaced/1]).
-endif.

-include_lib("public_key/include/public_key.hrl").

-export_type([peers/0]).

%% The URI names of which a peer must have one; none means any.
-type peers() :: [string()].

-type host() :: string().
-type refusal() ::
    binding_not_in_place | no_host_in_certificate | too_many_names | uri_not_among_peers.

%% The releases on which the whole of the scenarios runs. Others differ in what
%% this module relies on (net_kernel's state, ssl's options), so they are
%% refused until somebody says that it is wanted.
-define(TESTED_RELEASES, ["25", "27", "29"]).

%% sysexits(3): a setting is missing or in conflict.
-define(EX_CONFIG, 78).

%% A certificate may cost its reader only so much (RFC 5280 sets no bound).
-define(MAX_NAMES, 32).
%% RFC 1035, 2.3.4.
-define(MAX_HOST_LENGTH, 253).

%% What certificates said, by the processes of the connection that showed them.
-define(SEEN, ?MODULE).

%%% For the option file

%% Stops the node where its names could not be bound, then lets it listen.
%%
%% Beside `-proto_dist inet_tls` a trap is set on the command line: an
%% inet_dist_listen_options with which no listener can start. Only here, which
%% is reached by way of inet_tls_dist alone, is it taken away. So a node that
%% some later script made use another distribution cannot listen and stops.
-spec start(Name :: string(), AllowedReleases :: [string()]) -> ok.
start(Name, AllowedReleases) ->
    Release = erlang:system_info(otp_release),
    Asked = [dist_listen, name, proto_dist, sname, ssl_dist_opt],
    Flags = maps:from_list([{Flag, init:get_argument(Flag)} || Flag <- Asked]),
    case refusal_to_start(Name, Release, AllowedReleases, Flags) of
        none ->
            _ = ets:whereis(?SEEN) =/= undefined orelse make_table(),
            take_trap_away(application:get_env(kernel, inet_dist_listen_options));
        Message ->
            tell(["beam-mtls: ", Message, $\n]),
            erlang:halt(?EX_CONFIG)
    end.

%% Straight to standard error: OTP 25 starts its own door to it only later.
tell(Text) ->
    port_command(open_port({fd, 2, 2}, [out]), unicode:characters_to_binary(Text)).

take_trap_away({ok, [{ifaddr, #{beam_mtls := _}}]}) ->
    application:unset_env(kernel, inet_dist_listen_options);
take_trap_away(_) ->
    ok.

%% A verify_fun of ssl, for both sides of a connection.
-spec verify(#'OTPCertificate'{}, Event, State) -> {valid | unknown, State} | {fail, Reason} when
    Event :: {bad_cert, Reason} | {extension, term()} | valid | valid_peer,
    State :: {server | client, peers()},
    Reason :: refusal() | term().
verify(_Certificate, {bad_cert, Reason}, _State) ->
    {fail, Reason};
verify(_Certificate, {extension, _}, State) ->
    {unknown, State};
verify(_Certificate, valid, State) ->
    {valid, State};
verify(Certificate, valid_peer, {Side, Peers} = State) ->
    Names = names(Certificate),
    Hosts = hosts(Names),
    case refusal(Side, Peers, Names, Hosts) of
        none ->
            _ = Side =:= server andalso remember(Hosts),
            {valid, State};
        Refusal ->
            {fail, Refusal}
    end.

%%% What net_kernel asks of a listener's module

accept(Listen) ->
    (carrier()):accept(Listen).

%% Runs in net_kernel, so nothing here may wait for a process of the connection:
%% a peer could make it wait for ever.
accept_connection(Acceptor, Controller, MyNode, Wanted, SetupTime) ->
    case allowed(Wanted, remembered(Controller)) of
        %% To OTP an empty list would mean that every node is allowed.
        [] -> refuse(Acceptor);
        Hosts -> (carrier()):accept_connection(Acceptor, Controller, MyNode, Hosts, SetupTime)
    end.

close(Socket) ->
    (carrier()):close(Socket).

select(Node) ->
    (carrier()):select(Node).

setup(Node, Type, MyNode, LongOrShortNames, SetupTime) ->
    (carrier()):setup(Node, Type, MyNode, LongOrShortNames, SetupTime).

%% OTP's carrier, which does all the work.
carrier() ->
    case init:get_argument(proto_dist) of
        {ok, [["inet6_tls" | _] | _]} -> inet6_tls_dist;
        _ -> inet_tls_dist
    end.

%%% Whether the node may start

-spec refusal_to_start(string(), string(), [string()], #{atom() => {ok, [[string()]]} | error}) ->
    none | iodata().
refusal_to_start(Name, Release, AllowedReleases, Flags) ->
    case lists:member(Release, ?TESTED_RELEASES ++ AllowedReleases) of
        true ->
            case refused_flag(Flags) of
                none -> refused_name(Name, Flags);
                Message -> Message
            end;
        false ->
            untested(Release)
    end.

%% Under another name than the one that was certified nobody would let the node
%% in. A console has a name of its own, and does not listen.
refused_name(_Name, #{dist_listen := {ok, [["false"] | _]}}) ->
    none;
refused_name(Name, #{name := Long, sname := Short}) ->
    Names = [Value || {ok, Values} <- [Long, Short], Value <- Values],
    case [Other || Other <- Names, Other =/= [Name]] of
        [] ->
            none;
        [Other | _] ->
            io_lib:format(
                "the node was told to be ~0p, but its certificate was obtained for ~ts, so it was "
                "stopped. Look for -name and -sname in the scripts that start the node, or set "
                "BEAM_MTLS_NAME.",
                [Other, Name]
            )
    end.

%% OTP 27 and 29 put -ssl_dist_opt before what the option file says.
refused_flag(#{ssl_dist_opt := {ok, _MayHoldPassword}}) ->
    "the node was told -ssl_dist_opt, which would weaken its TLS options, so it was stopped. Look for "
    "it in the scripts that start the node.";
refused_flag(#{proto_dist := {ok, [[Carrier] | _]}}) when Carrier =:= "inet_tls"; Carrier =:= "inet6_tls" ->
    none;
refused_flag(#{proto_dist := ProtoDist}) ->
    io_lib:format(
        "the node was told -proto_dist ~0p, which is not TLS alone, so it was stopped. Look for it in "
        "the scripts that start the node.",
        [ProtoDist]
    ).

untested(Release) ->
    io_lib:format(
        "OTP ~ts was not tested with this version (tested: ~ts), so the node was stopped. "
        "Use a tested release or a newer beam-mtls. To go on with this one, set "
        "BEAM_MTLS_ALLOW_OTP=~ts and see that nodes connect: where names cannot be bound "
        "to certificates, nobody is let in.",
        [Release, lists:join(", ", ?TESTED_RELEASES), Release]
    ).

%%% Who may connect

-spec refusal(server | client, peers(), [tuple()], [host()]) -> none | refusal().
refusal(_Side, _Peers, Names, _Hosts) when length(Names) > ?MAX_NAMES ->
    too_many_names;
refusal(Side, Peers, Names, Hosts) ->
    IsPeer = Peers =:= [] orelse lists:any(fun(Uri) -> lists:member(Uri, Peers) end, uris(Names)),
    case {IsPeer, Hosts} of
        {false, _} -> uri_not_among_peers;
        %% OTP 25 would look at the subject instead.
        {true, []} -> no_host_in_certificate;
        {true, _} when Side =:= client -> none;
        {true, _} -> binding_refusal()
    end.

%% In place of OTP's process that goes on with the connection: ours takes it and
%% ends, and the connection with it.
refuse(Acceptor) ->
    spawn(fun() ->
        Monitor = monitor(process, Acceptor),
        receive
            {Acceptor, _} -> ok;
            {'DOWN', Monitor, process, Acceptor, _} -> ok
        end,
        logger:error("** Connection attempt from a host that is not allowed **")
    end).

%% The user's own net_kernel:allow/1 still counts: a host must be in both. The
%% name before the @ does not count over TLS: OTP's carrier looks at hosts only.
-spec allowed(Wanted :: [atom() | string()], [host()]) -> [host()].
allowed([], Hosts) ->
    Hosts;
allowed(Wanted, Hosts) ->
    [Host || Host <- Hosts, lists:any(fun(Entry) -> allows(Entry, Host) end, Wanted)].

allows(Entry, Host) ->
    case dist_util:split_node(Entry) of
        {node, _, Host} -> true;
        {host, Host} -> true;
        {name, _} -> true;
        _ -> false
    end.

%%% What certificates said

%% Runs in the connection's own process, before the peer has proven that it
%% holds the key. That is no harm: net_kernel hears of the connection, and so
%% looks here, only once the handshake is complete.
remember(Hosts) ->
    _ = [ets:delete(?SEEN, Process) || {Process, _} <- ets:tab2list(?SEEN), not is_process_alive(Process)],
    ets:insert(?SEEN, [{Process, Hosts} || Process <- [self() | siblings()]]).

%% The process that sends is another child of our supervisor, and OTP 25 tells
%% net_kernel that one alone.
siblings() ->
    case get('$ancestors') of
        [Parent | _] = Ancestors when is_pid(Parent) ->
            {links, Links} = process_info(Parent, links),
            [Process || Process <- Links, is_pid(Process)] -- Ancestors;
        _ ->
            []
    end.

%% Not of the process that reads the option file: applications read it too, as
%% RabbitMQ does, and the table has to outlive them. Nor may its owner have
%% their group leader, since whoever has it ends with the application.
make_table() ->
    Reader = self(),
    Make = fun() ->
        true = group_leader(whereis(init), self()),
        % Somebody else may have been faster.
        try
            ets:new(?SEEN, [named_table, public])
        catch
            error:badarg -> taken
        end,
        Reader ! {made, self()},
        ets:info(?SEEN, owner) =:= self() andalso timer:sleep(infinity)
    end,
    Owner = spawn(Make),
    receive
        {made, Owner} -> ok
    end.

%% The hosts of a connection; none where anything is unusual, as with a port
%% (kernel TLS), which carries no certificate.
-spec remembered(pid() | port() | tuple()) -> [host()].
remembered(Controller) ->
    Seen = lists:append([ets:lookup(?SEEN, Process) || Process <- processes_of(Controller)]),
    lists:usort(lists:append([Hosts || {_, Hosts} <- Seen])).

%% OTP 25 hands over the process that sends; 27 and 29 the socket, a record with
%% the connection's processes in it.
processes_of(Controller) when is_tuple(Controller) ->
    [Process || Process <- lists:flatten(tuple_to_list(Controller)), is_pid(Process)];
processes_of(Controller) ->
    [Controller || is_pid(Controller)].

%%% Names in a certificate

names(#'OTPCertificate'{tbsCertificate = #'OTPTBSCertificate'{extensions = Extensions}}) when
    is_list(Extensions)
->
    case lists:keyfind(?'id-ce-subjectAltName', #'Extension'.extnID, Extensions) of
        #'Extension'{extnValue = Names} when is_list(Names) -> Names;
        _ -> []
    end;
names(_) ->
    [].

uris(Names) ->
    [Uri || {uniformResourceIdentifier, Uri} <- Names].

%% Hosts as strings, as they may stand behind the @ of a node's name. Never as
%% atoms: what a peer sends must not grow the table of atoms.
-spec hosts([tuple()]) -> [host()].
hosts(Names) ->
    lists:usort(lists:append([host(Name) || Name <- Names])).

host({dNSName, [_ | _] = Name}) when length(Name) =< ?MAX_HOST_LENGTH ->
    [Name || lists:all(fun is_host_character/1, Name)];
host({iPAddress, Bytes}) ->
    case iolist_to_binary([Bytes]) of
        <<A, B, C, D>> -> [inet:ntoa({A, B, C, D})];
        <<A:16, B:16, C:16, D:16, E:16, F:16, G:16, H:16>> -> [inet:ntoa({A, B, C, D, E, F, G, H})];
        _ -> []
    end;
host(_) ->
    [].

%% No wildcard: a node has one host. The colon is of IPv6 addresses.
is_host_character(C) when C >= $a, C =< $z; C >= $A, C =< $Z; C >= $0, C =< $9 -> true;
is_host_character(C) -> lists:member(C, ".-_:").

%%% The binding: this module in net_kernel's listeners

-spec binding_refusal() -> none | binding_not_in_place.
binding_refusal() ->
    try is_bound(sys:get_state(net_kernel, net_kernel:connecttime())) orelse is_bound(bind()) of
        true -> none;
        false -> binding_not_in_place
    catch
        _:_ -> binding_not_in_place
    end.

%% Done at the first handshake and again after net_kernel was started anew. The
%% documented way, a name of our own in -proto_dist, is worse: applications read
%% that flag and fall back to plain TCP when it is not exactly `inet_tls`.
bind() ->
    sys:replace_state(net_kernel, fun with_carrier_replaced/1, net_kernel:connecttime()).

with_carrier_replaced(State) ->
    Carrier = carrier(),
    map_listeners(
        fun(Listener) ->
            list_to_tuple([replaced(Carrier, Field) || Field <- tuple_to_list(Listener)])
        end,
        State
    ).

replaced(Carrier, Carrier) -> ?MODULE;
replaced(_, Field) -> Field.

%% net_kernel's state is a record, one of whose fields lists its listeners.
map_listeners(Fun, State) ->
    list_to_tuple([
        case is_list_of_listeners(Field) of
            true -> [Fun(Listener) || Listener <- Field];
            false -> Field
        end
     || Field <- tuple_to_list(State)
    ]).

is_bound(State) ->
    Listeners = lists:append([Field || Field <- tuple_to_list(State), is_list_of_listeners(Field)]),
    Listeners =/= [] andalso
        lists:all(fun(Listener) -> lists:member(?MODULE, tuple_to_list(Listener)) end, Listeners).

is_list_of_listeners([_ | _] = Field) ->
    lists:all(fun(E) -> is_tuple(E) andalso tuple_size(E) > 0 andalso element(1, E) =:= listen end, Field);
is_list_of_listeners(_) ->
    false.
