%% What this node can say about its links: who is at the other end, by which
%% certificate, and how well the link is protected.
%%
%% Every key is an atom and every text a binary, so that it reads the same in
%% Elixir: `:beam_mtls.status()`. It works on any node of OTP, also on one that
%% beam-mtls did not start.
-module(beam_mtls).

-export([link_to/1]).
-export([own_certificate/0]).
-export([status/0]).

-export_type([link/0]).
-export_type([status/0]).
-export_type([tls/0]).

%% certificate   the one in the file that this node shows to peers, which TLS
%%               reads anew within two minutes; none without a file
%% links         sorted by the peers' names, hidden nodes included
-type status() :: #{
    node := node(),
    certificate := beam_mtls_certificate:details() | none,
    links := [link()]
}.

%% direction   who dialled: the peer (in) or we (out); unknown without TLS
%% tls         none on plain TCP; unknown where the link did not answer in time
-type link() :: #{
    node := node(),
    hidden := boolean(),
    direction := in | out | unknown,
    tls := tls() | none | unknown
}.

%% certificate   what the peer showed when the link began
-type tls() :: #{
    version := atom(),
    cipher := binary(),
    certificate := beam_mtls_certificate:details()
}.

%% As long as a link may take to answer.
-define(TIMEOUT, 2000).

%% All links of this node. Returns within about two seconds, whatever the links
%% are busy with.
-spec status() -> status().
status() ->
    Controllers = erlang:system_info(dist_ctrl),
    #{node => node(), certificate => own_certificate(), links => links(lists:sort(Controllers))}.

%% One link.
-spec link_to(node()) -> {ok, link()} | error.
link_to(Node) ->
    case links([Link || {Peer, _} = Link <- erlang:system_info(dist_ctrl), Peer =:= Node]) of
        [Link] -> {ok, Link};
        [] -> error
    end.

%% The certificate that this node shows, which the TLS options of distribution
%% name.
-spec own_certificate() -> beam_mtls_certificate:details() | none.
own_certificate() ->
    try
        {ok, Pem} = file:read_file(certificate_file()),
        {'Certificate', Der, not_encrypted} = lists:keyfind('Certificate', 1, public_key:pem_decode(Pem)),
        beam_mtls_certificate:details(Der)
    catch
        _:_ -> none
    end.

%% Where inet_tls_dist keeps what the option file says (OTP 25 to 29).
certificate_file() ->
    [{server, Options}] = ets:lookup(ssl_dist_opts, server),
    case lists:keyfind(certs_keys, 1, Options) of
        {certs_keys, [#{certfile := File} | _]} -> File;
        _ -> proplists:get_value(certfile, Options)
    end.

%%% Links

%% By a process of its own, so that no late answer is left in the caller's
%% mailbox.
links(Controllers) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({links, collect(Controllers)}) end),
    receive
        {'DOWN', Monitor, process, _, {links, Links}} -> Links;
        {'DOWN', Monitor, process, _, Reason} -> error(Reason)
    end.

collect(Controllers) ->
    Hidden = nodes(hidden),
    Asked = [{Node, is_port(Controller) orelse ask(Controller)} || {Node, Controller} <- Controllers],
    Deadline = erlang:monotonic_time(millisecond) + ?TIMEOUT,
    [link(Node, lists:member(Node, Hidden), answer(Asking, Deadline)) || {Node, Asking} <- Asked].

ask(Controller) ->
    spawn_monitor(fun() -> exit({answer, answered(Controller)}) end).

%% A carrier that is not known here may answer anything, and what a process dies
%% of is written into the log.
answered(Controller) ->
    try
        tls(Controller)
    catch
        _:_ -> {unknown, unknown}
    end.

tls(Controller) ->
    {Receiver, Info, Der} = beam_mtls_observer:tls(fun erlang:apply/3, Controller),
    Tls = #{
        version => proplists:get_value(protocol, Info),
        cipher => list_to_binary(ssl:suite_to_str(proplists:get_value(selected_cipher_suite, Info))),
        certificate => beam_mtls_certificate:details(Der)
    },
    {direction(Receiver), Tls}.

%% Who was dialled has the port on which it listens at its own end; the sockets
%% that listen are net_kernel's.
direction(Receiver) ->
    [Own] = ports(Receiver),
    case lists:member(Own, ports(whereis(net_kernel))) of
        true -> in;
        false -> out
    end.

ports(Process) ->
    {links, Links} = process_info(Process, links),
    [element(2, {ok, _} = inet:port(Socket)) || Socket <- Links, is_port(Socket)].

%% OTP's plain carrier, and it alone as long as the kernel does no TLS, hands over
%% a port.
answer(true, _Deadline) ->
    {unknown, none};
answer({Pid, Monitor}, Deadline) ->
    receive
        {'DOWN', Monitor, process, Pid, {answer, Answer}} -> Answer;
        {'DOWN', Monitor, process, Pid, _} -> {unknown, unknown}
    after max(0, Deadline - erlang:monotonic_time(millisecond)) ->
        exit(Pid, kill),
        {unknown, unknown}
    end.

link(Node, IsHidden, {Direction, Tls}) ->
    #{node => Node, hidden => IsHidden, direction => Direction, tls => Tls}.
