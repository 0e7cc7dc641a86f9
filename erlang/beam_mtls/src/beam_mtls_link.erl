%% What TLS knows about a link of the distribution. All knowledge of how ssl
%% arranges the processes of a link is here (OTP 25 to 29).
-module(beam_mtls_link).

-if(?OTP_RELEASE >= 27).
-moduledoc """
What TLS knows about a link. `beam_mtls:status/0` and `beam_mtls:link_to/1` report
it for the links of this node.
""".
-endif.

%% API.
-export([direction/1]).
-export([tls/2]).

-export_type([call/0]).
-export_type([tls/0]).

%% Calls a function on the node that has the link.
-type call() :: fun((module(), atom(), [term()]) -> term()).

%% key_exchange  the group, such as x25519mlkem768. OTP reports it since 29, and
%%               the curve of TLS 1.2 before that; otherwise unknown
%% certificate   what the peer showed when the link began
-type tls() :: #{
    version := atom(),
    cipher := binary(),
    key_exchange := atom(),
    certificate := beam_mtls_certificate:details()
}.

%% API.

%% A link is known by its controller. Returns the process that receives, too.
%% Fails if the link does not use TLS, or is gone.
%%
%% The controller is the process that sends, and hangs while the peer does not
%% read. So its supervisor is asked instead, for the process that receives: no
%% function of ssl leads from one to the other.
-spec tls(call(), pid()) -> {pid(), tls()}.
tls(Call, Controller) ->
    {dictionary, Dictionary} = Call(erlang, process_info, [Controller, dictionary]),
    [Supervisor | _] = proplists:get_value('$ancestors', Dictionary),
    {receiver, Receiver, _, _} = lists:keyfind(receiver, 1, Call(supervisor, which_children, [Supervisor])),
    {ok, Info} = Call(ssl_gen_statem, connection_information, [Receiver, false]),
    {ok, Der} = Call(ssl_gen_statem, peer_certificate, [Receiver]),
    Tls = #{
        version => proplists:get_value(protocol, Info),
        cipher => list_to_binary(ssl:suite_to_str(proplists:get_value(selected_cipher_suite, Info))),
        key_exchange => key_exchange(Info),
        certificate => beam_mtls_certificate:details(Der)
    },
    {Receiver, Tls}.

%% Who dialed, by the process that receives. At the end of the node that was
%% dialed, the port is the one on which that node listens. The sockets that
%% listen belong to net_kernel.
-spec direction(pid()) -> in | out.
direction(Receiver) ->
    [Port] = ports(Receiver),
    case lists:member(Port, ports(whereis(net_kernel))) of
        true -> in;
        false -> out
    end.

%% Internal.

key_exchange(Info) ->
    case {lists:keyfind(selected_group, 1, Info), lists:keyfind(ecc, 1, Info)} of
        {{selected_group, Group}, _} -> Group;
        {false, {ecc, {named_curve, Curve}}} -> Curve;
        {false, false} -> unknown
    end.

ports(Process) ->
    {links, Links} = process_info(Process, links),
    [element(2, {ok, _} = inet:port(Socket)) || Socket <- Links, is_port(Socket)].
