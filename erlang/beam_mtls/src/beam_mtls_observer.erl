%% Watches a cluster from outside: the hidden node of `beam-mtls local`.
%%
%% It connects the given nodes with one another and writes what it sees to standard
%% output, once a second, as lines of words:
%%
%%   node NAME OTP PID SERIAL EXPIRY
%%       a node that answers: its release, its process ID, and the serial number
%%       and the expiry (RFC 3339) of the certificate that it showed
%%   link NAME PEER TLS CIPHER GROUP SERIAL
%%       a link of that node: the TLS version, the cipher suite, the group of the
%%       key exchange, and the serial number of the certificate that the peer
%%       showed
%%   end
%%       the picture is complete
%%
%% Nothing of it runs on those nodes: it only calls functions of OTP there.
-module(beam_mtls_observer).

-if(?OTP_RELEASE >= 27).
-moduledoc false.
-endif.

%% API.
-export([main/1]).

-define(PERIOD, 1000).
-define(CALL_TIMEOUT, 3000).

%% API.

%% For `-run beam_mtls_observer main NAME...`; never returns.
-spec main([string()]) -> no_return().
main(Names) ->
    watch([list_to_atom(Name) || Name <- Names]).

%% Internal.

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
            #{certificate := #{serial := Number, not_after := NotAfter}} = tls(node(), Controller),
            {binary_to_list(Number), calendar:system_time_to_rfc3339(NotAfter, [{offset, "Z"}])}
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
    Tls =
        try
            #{version := Version, cipher := Cipher, key_exchange := Group, certificate := #{serial := Serial}} =
                tls(Node, Controller),
            [atom_to_list(Version), binary_to_list(Cipher), atom_to_list(Group), binary_to_list(Serial)]
        catch
            %% Not TLS, or gone in the meantime.
            _:_ -> lists:duplicate(4, "unknown")
        end,
    line(["link", atom_to_list(Node), atom_to_list(Peer) | Tls]).

tls(Node, Controller) ->
    Call = fun(Module, Function, Arguments) -> call(Node, Module, Function, Arguments) end,
    {_Receiver, Tls} = beam_mtls_link:tls(Call, Controller),
    Tls.

call(Node, Module, Function, Arguments) ->
    rpc:call(Node, Module, Function, Arguments, ?CALL_TIMEOUT).

line(Words) ->
    [lists:join($\s, [word(Word) || Word <- Words]), $\n].

word([_ | _] = Word) -> Word;
word(_) -> "unknown".
