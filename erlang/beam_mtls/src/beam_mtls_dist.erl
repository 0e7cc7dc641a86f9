%% Distribution over TLS in which a node can only be who its certificate says.
%%
%% OTP's own TLS distribution checks that a peer's certificate comes from the
%% right CA, but not that it belongs to the node name that the peer then claims.
%% This module closes that gap without a change to the user's release: the option
%% file (-ssl_dist_optfile) loads it, `-proto_dist inet_tls` stays, and it takes the
%% place of OTP's carrier in net_kernel's listeners (beam_mtls_dist_binding).
%% From there every incoming connection passes `accept_connection/5`, which
%% allows only the hosts in the peer's certificate.
%%
%% If anything goes wrong, nobody is let in: a connection that our own acceptor
%% did not hand over is refused, and `verify/3` refuses every peer of any other
%% acceptor unless the module really is in net_kernel's listeners at that moment.
-module(beam_mtls_dist).

-if(?OTP_RELEASE >= 27).
-moduledoc false.
-endif.

%% API for the option file.
-export([start/2]).
-export([verify/3]).

%% What net_kernel calls in the module of a listener (ERTS User's Guide, "How to
%% Implement an Alternative Carrier for the Erlang Distribution").
-export([accept/1]).
-export([accept_connection/5]).
-export([close/1]).
-export([select/1]).
-export([setup/5]).

-ifdef(TEST).
-export([allowed/2]).
-export([hosts/1]).
-export([refusal_to_start/4]).
-endif.

-include_lib("public_key/include/public_key.hrl").

-export_type([host/0]).
-export_type([peers/0]).
-export_type([report_to/0]).

%% The URI names of which a peer must have one; none means any.
-type peers() :: [string()].

%% As after the @ of a node's name.
-type host() :: string().

%% Who gets the message {Tag, Hosts} about a certificate that passed.
-type report_to() :: {pid(), Tag :: reference()}.

-type refusal() ::
    binding_not_in_place | no_host_in_certificate | too_many_names | uri_not_among_peers.

%% The releases on which all scenarios run. Others may differ in what this module
%% relies on (the state of net_kernel, the options of ssl), so they are refused
%% unless the user allows them.
-define(TESTED_RELEASES, ["25", "27", "29"]).

%% sysexits(3): a setting is missing or in conflict.
-define(EX_CONFIG, 78).

%% Limits the cost of reading a certificate (RFC 5280 sets no limit).
-define(MAX_NAMES, 32).
%% RFC 1035, 2.3.4.
-define(MAX_HOST_LENGTH, 253).

%% Connections that the kernel holds until we accept them. Linux caps it at
%% net.core.somaxconn.
-define(BACKLOG, 4096).

%% API for the option file.

%% Stops the node if names could not be bound, or else lets it listen.
%%
%% Together with `-proto_dist inet_tls` the command line sets a trap: an
%% inet_dist_listen_options with which no listener can start. Only this function
%% removes it, and only inet_tls_dist leads here. So if a later script makes the
%% node use a different carrier, the node cannot listen, and stops.
-spec start(Name :: string(), AllowedReleases :: [string()]) -> ok.
start(Name, AllowedReleases) ->
    Release = erlang:system_info(otp_release),
    Asked = [dist_listen, name, proto_dist, sname, ssl_dist_opt],
    Arguments = maps:from_list([{Flag, init:get_argument(Flag)} || Flag <- Asked]),
    Flags = Arguments#{check_ip => application:get_env(kernel, check_ip, false)},
    case refusal_to_start(Name, Release, AllowedReleases, Flags) of
        none ->
            take_trap_away(application:get_env(kernel, inet_dist_listen_options)),
            _ = beam_mtls_dist_binding:put_in_place_at_start(),
            ok;
        Message ->
            print(["beam-mtls: ", Message, $\n]),
            erlang:halt(?EX_CONFIG)
    end.

%% Straight to standard error: OTP 25 starts the process standard_error later.
print(Text) ->
    port_command(open_port({fd, 2, 2}, [out]), unicode:characters_to_binary(Text)).

take_trap_away({ok, [{ifaddr, #{beam_mtls := _}}]}) ->
    application:set_env(kernel, inet_dist_listen_options, [{backlog, ?BACKLOG}]);
take_trap_away(_) ->
    ok.

%% A verify_fun of ssl, for both sides of a connection. Runs in the connection's
%% own process, before the peer has proven that it holds the key. So it decides,
%% and the receiver of its report has to wait until the handshake is complete.
-spec verify(#'OTPCertificate'{}, Event, State) -> {valid | unknown, State} | {fail, Reason} when
    Event :: {bad_cert, Reason} | {extension, term()} | valid | valid_peer,
    State :: {server | client, peers()} | {server, peers(), report_to()},
    Reason :: refusal() | term().
verify(_Certificate, {bad_cert, Reason}, _State) ->
    {fail, Reason};
verify(_Certificate, {extension, _}, State) ->
    {unknown, State};
verify(_Certificate, valid, State) ->
    {valid, State};
verify(Certificate, valid_peer, State) ->
    Names = names(Certificate),
    %% More are refused, whatever they are.
    Hosts = hosts(lists:sublist(Names, ?MAX_NAMES)),
    case refusal(State, Names, Hosts) of
        none ->
            _ = report(State, Hosts),
            {valid, State};
        Refusal ->
            {fail, Refusal}
    end.

report({server, _Peers, {Pid, Tag}}, Hosts) -> Pid ! {Tag, Hosts};
report({_Side, _Peers}, _Hosts) -> none.

%% What net_kernel calls in the module of a listener.

-spec accept(gen_tcp:socket()) -> pid().
accept(Listener) ->
    beam_mtls_dist_acceptor:start_link(beam_mtls_dist_binding:carrier(), Listener).

%% Runs in net_kernel, so nothing here may wait for a process of the connection:
%% a peer could make it wait forever.
-spec accept_connection(pid(), beam_mtls_dist_acceptor:connection() | term(), node(), [atom() | string()], term()) ->
    pid().
accept_connection(Acceptor, {beam_mtls, Connection, Hosts}, MyNode, Wanted, SetupTime) ->
    case allowed(Wanted, Hosts) of
        %% To OTP an empty list would mean that every node is allowed.
        [] -> refuse(Acceptor);
        Allowed -> (beam_mtls_dist_binding:carrier()):accept_connection(Acceptor, Connection, MyNode, Allowed, SetupTime)
    end;
accept_connection(Acceptor, _OfAnotherAcceptor, _MyNode, _Wanted, _SetupTime) ->
    refuse(Acceptor).

-spec close(gen_tcp:socket()) -> ok.
close(Socket) ->
    (beam_mtls_dist_binding:carrier()):close(Socket).

-spec select(node()) -> boolean().
select(Node) ->
    (beam_mtls_dist_binding:carrier()):select(Node).

-spec setup(node(), term(), node(), longnames | shortnames, term()) -> pid().
setup(Node, Type, MyNode, LongOrShortNames, SetupTime) ->
    (beam_mtls_dist_binding:carrier()):setup(Node, Type, MyNode, LongOrShortNames, SetupTime).

%% Whether the node may start.

-spec refusal_to_start(string(), string(), [string()], #{atom() => {ok, [[string()]]} | error | boolean()}) ->
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

%% No peer would let the node in under a name other than the certified one. A
%% console has a different name, and does not listen.
refused_name(_Name, #{dist_listen := {ok, [["false"] | _]}}) ->
    none;
refused_name(Name, #{name := Long, sname := Short}) ->
    Names = [Value || {ok, Values} <- [Long, Short], Value <- Values],
    case [Other || Other <- Names, Other =/= [Name]] of
        [] ->
            none;
        [Other | _] ->
            io_lib:format(
                "the node was given the name ~0p, but its certificate was obtained for ~ts, so it was "
                "stopped. Look for -name and -sname in the scripts that start the node, or set "
                "BEAM_MTLS_NAME.",
                [Other, Name]
            )
    end.

%% On OTP 27 and 29, -ssl_dist_opt takes precedence over the option file.
refused_flag(#{ssl_dist_opt := {ok, _MayHoldPassword}}) ->
    "the node was given -ssl_dist_opt, which would weaken its TLS options, so it was stopped. Look for "
    "it in the scripts that start the node.";
%% Only the acceptor of OTP's carrier makes this check.
refused_flag(#{check_ip := true}) ->
    "the kernel parameter check_ip is set, which has no effect here, so the node was stopped. Remove it, and "
    "use a firewall or a NetworkPolicy to limit who reaches the port.";
refused_flag(#{proto_dist := {ok, [[Carrier] | _]}}) when Carrier =:= "inet_tls"; Carrier =:= "inet6_tls" ->
    none;
refused_flag(#{proto_dist := ProtoDist}) ->
    io_lib:format(
        "the node was given -proto_dist ~0p, which is not TLS alone, so it was stopped. Look for it in "
        "the scripts that start the node.",
        [ProtoDist]
    ).

untested(Release) ->
    io_lib:format(
        "OTP ~ts was not tested with this version (tested: ~ts), so the node was stopped. "
        "Use a tested release or a newer beam-mtls. To use this one anyway, set "
        "BEAM_MTLS_ALLOW_OTP=~ts and check that nodes connect: if names cannot be bound "
        "to certificates, nobody is let in.",
        [Release, lists:join(", ", ?TESTED_RELEASES), Release]
    ).

%% Who may connect.

-spec refusal(State, [tuple()], [host()]) -> none | refusal() when
    State :: {server | client, peers()} | {server, peers(), report_to()}.
refusal(_State, Names, _Hosts) when length(Names) > ?MAX_NAMES ->
    too_many_names;
refusal(State, Names, Hosts) ->
    Peers = element(2, State),
    IsPeer = Peers =:= [] orelse lists:any(fun(Uri) -> lists:member(Uri, Peers) end, uris(Names)),
    case {IsPeer, Hosts} of
        {false, _} -> uri_not_among_peers;
        %% OTP 25 would use the subject instead.
        {true, []} -> no_host_in_certificate;
        {true, _} -> binding_refusal(State)
    end.

%% Without the binding, what our own acceptor hands over is refused anyway.
binding_refusal({server, _Peers}) ->
    case beam_mtls_dist_binding:is_in_place() of
        true -> none;
        false -> binding_not_in_place
    end;
binding_refusal(_) ->
    none.

%% OTP would start a process that continues with the connection. Ours takes the
%% connection and ends, which closes it.
refuse(Acceptor) ->
    spawn(fun() ->
        Monitor = monitor(process, Acceptor),
        receive
            {Acceptor, _} -> ok;
            {'DOWN', Monitor, process, Acceptor, _} -> ok
        end,
        logger:error("** Connection attempt from a host that is not allowed **")
    end).

%% The user's own net_kernel:allow/1 still counts: a host must be on both lists.
%% Over TLS the name before the @ does not count: OTP's carrier compares hosts.
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

%% Names in a certificate.

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

%% Hosts as strings, as they may appear after the @ of a node name. Never as atoms:
%% what a peer sends must not grow the atom table.
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

%% No wildcards: a node has one host. IPv6 addresses contain colons.
is_host_character(C) when C >= $a, C =< $z; C >= $A, C =< $Z; C >= $0, C =< $9 -> true;
is_host_character(C) -> lists:member(C, ".-_:").
