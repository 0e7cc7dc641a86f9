%% Watches a cluster from outside: the hidden node behind `beam-mtls local`.
%%
%% It connects the nodes that it is told with one another and writes what it
%% sees to standard output, once a second, as lines of words:
%%
%%   node NAME OTP PID SERIAL EXPIRY
%%       a node that answers, its release, its process id, serial number and
%%       end of validity (RFC 3339) of the certificate that it showed
%%   link NAME PEER TLS CIPHER SERIAL
%%       a connection of that node, and the serial number of the certificate
%%       that the peer showed
%%   end
%%       the picture is whole
%%
%% Nothing of it runs on the nodes: all it does there is to call OTP. A release
%% that has it may ask for its own connections with `connection/1`, and for all of
%% them, with more about each, with `beam_mtls:status/0`.
-module(beam_mtls_observer).

-export([connection/1]).
-export([main/1]).
-export([tls/2]).

-include_lib("public_key/include/public_key.hrl").

-define(PERIOD, 1000).
-define(CALL_TIMEOUT, 3000).

%% For `-run beam_mtls_observer main NAME...`; never returns.
-spec main([string()]) -> no_return().
main(Names) ->
    watch([list_to_atom(Name) || Name <- Names]).

%% What TLS says about our connection with a node: its version, and the serial
%% number of the certificate that the node showed.
-spec connection(node()) -> {ok, #{tls := atom(), serial := string()}} | error.
connection(Peer) ->
    try
        {Peer, Controller} = lists:keyfind(Peer, 1, erlang:system_info(dist_ctrl)),
        {Info, Certificate} = decoded_tls(node(), Controller),
        {ok, #{tls => proplists:get_value(protocol, Info), serial => serial(Certificate)}}
    catch
        %% Not TLS, or gone while we looked.
        _:_ -> error
    end.

%% What TLS knows about a connection, by its controller: the process that
%% receives, the properties that ssl tells, and the certificate that the peer
%% showed. `Call` calls a function on the node that has the connection. Fails
%% where it is not TLS.
%%
%% The controller is the process that sends, and hangs while the peer does not
%% read. So its supervisor is asked instead, for the process that receives: no
%% function of ssl leads from one to the other (OTP 25 to 29).
-spec tls(fun((module(), atom(), [term()]) -> term()), pid()) ->
    {pid(), [{atom(), term()}], public_key:der_encoded()}.
tls(Call, Controller) ->
    {dictionary, Dictionary} = Call(erlang, process_info, [Controller, dictionary]),
    [Supervisor | _] = proplists:get_value('$ancestors', Dictionary),
    {receiver, Receiver, _, _} = lists:keyfind(receiver, 1, Call(supervisor, which_children, [Supervisor])),
    {ok, Info} = Call(ssl_gen_statem, connection_information, [Receiver, false]),
    {ok, Der} = Call(ssl_gen_statem, peer_certificate, [Receiver]),
    {Receiver, Info, Der}.

watch(Nodes) ->
    Answering = [Node || Node <- Nodes, net_kernel:hidden_connect_node(Node)],
    connect(Answering),
    io:put_chars([[node_line(Node), link_lines(Node)] || Node <- Answering]),
    io:put_chars("end\n"),
    timer:sleep(?PERIOD),
    watch(Nodes).

connect(Nodes) ->
    [call(A, net_kernel, connect_node, [B]) || A <- Nodes, B <- Nodes, A < B].

node_line(Node) ->
    Otp = call(Node, erlang, system_info, [otp_release]),
    Pid = call(Node, os, getpid, []),
    {Serial, Expiry} =
        try
            {Node, Controller} = lists:keyfind(Node, 1, erlang:system_info(dist_ctrl)),
            {_Info, Certificate} = decoded_tls(node(), Controller),
            {serial(Certificate), expiry(Certificate)}
        catch
            _:_ -> {"unknown", "unknown"}
        end,
    line(["node", atom_to_list(Node), Otp, Pid, Serial, Expiry]).

link_lines(Node) ->
    case call(Node, erlang, system_info, [dist_ctrl]) of
        Controllers when is_list(Controllers) ->
            [link_line(Node, Peer, Controller) || {Peer, Controller} <- Controllers, Peer =/= node()];
        _ ->
            []
    end.

link_line(Node, Peer, Controller) ->
    try
        {Info, Certificate} = decoded_tls(Node, Controller),
        Version = atom_to_list(proplists:get_value(protocol, Info)),
        Cipher = ssl:suite_to_str(proplists:get_value(selected_cipher_suite, Info)),
        line(["link", atom_to_list(Node), atom_to_list(Peer), Version, Cipher, serial(Certificate)])
    catch
        %% Not TLS, or gone while we looked.
        _:_ -> line(["link", atom_to_list(Node), atom_to_list(Peer), "unknown", "unknown", "unknown"])
    end.

decoded_tls(Node, Controller) ->
    Call = fun(Module, Function, Arguments) -> call(Node, Module, Function, Arguments) end,
    {_Receiver, Info, Der} = tls(Call, Controller),
    #'OTPCertificate'{tbsCertificate = Certificate} = public_key:pkix_decode_cert(Der, otp),
    {Info, Certificate}.

serial(#'OTPTBSCertificate'{serialNumber = Serial}) ->
    string:lowercase(integer_to_list(Serial, 16)).

%% Years until 2049 have two digits (RFC 5280, 4.1.2.5).
expiry(#'OTPTBSCertificate'{validity = #'Validity'{notAfter = {utcTime, Time}}}) ->
    rfc3339("20" ++ Time);
expiry(#'OTPTBSCertificate'{validity = #'Validity'{notAfter = {generalTime, Time}}}) ->
    rfc3339(Time).

rfc3339([Y1, Y2, Y3, Y4, M1, M2, D1, D2, H1, H2, N1, N2, S1, S2, $Z]) ->
    [Y1, Y2, Y3, Y4, $-, M1, M2, $-, D1, D2, $T, H1, H2, $:, N1, N2, $:, S1, S2, $Z].

call(Node, Module, Function, Arguments) ->
    rpc:call(Node, Module, Function, Arguments, ?CALL_TIMEOUT).

line(Words) ->
    [lists:join($\s, [word(Word) || Word <- Words]), $\n].

word([_ | _] = Word) -> Word;
word(_) -> "unknown".
