%% What this node can report about its links: who is at the other end, with which
%% certificate, and how the link is protected.
%%
%% Every key is an atom and every text a binary, so that the maps read the same in
%% Elixir: `:beam_mtls.status()`. It works on any node of OTP, including those that
%% beam-mtls did not start.
-module(beam_mtls).

-if(?OTP_RELEASE >= 27).
-moduledoc """
The links of this node: who is at the other end, with which certificate, and how
each link is protected.

Every key is an atom and every text a binary, so that the maps read the same in
Elixir: `:beam_mtls.status()`. It works on any node, including those that
beam-mtls did not start.
""".
-endif.

%% API.
-export([link_to/1]).
-export([own_certificate/0]).
-export([status/0]).

-export_type([link/0]).
-export_type([status/0]).

%% certificate   the one in the file that this node shows to peers, which TLS
%%               reads again within two minutes; none without a file
%% links         sorted by the names of the peers, including hidden nodes
-type status() :: #{
    node := node(),
    certificate := beam_mtls_certificate:details() | none,
    links := [link()]
}.

%% direction   who dialed: the peer (in) or we (out); unknown without TLS
%% tls         none on plain TCP; unknown if the link did not answer in time
-type link() :: #{
    node := node(),
    hidden := boolean(),
    direction := in | out | unknown,
    tls := beam_mtls_link:tls() | none | unknown
}.

%% How long a link may take to answer.
-define(TIMEOUT, 2000).

%% API.

%% All links of this node. Returns within about two seconds, however busy the links
%% are.
-spec status() -> status().
status() ->
    Controllers = erlang:system_info(dist_ctrl),
    #{node => node(), certificate => own_certificate(), links => links(lists:sort(Controllers))}.

%% The link to one node.
-spec link_to(node()) -> {ok, link()} | error.
link_to(Node) ->
    case links([Link || {Peer, _} = Link <- erlang:system_info(dist_ctrl), Peer =:= Node]) of
        [Link] -> {ok, Link};
        [] -> error
    end.

%% The certificate that this node shows: the one that the TLS options of the
%% distribution name.
-spec own_certificate() -> beam_mtls_certificate:details() | none.
own_certificate() ->
    try
        {ok, Pem} = file:read_file(certificate_file()),
        {'Certificate', Der, not_encrypted} = lists:keyfind('Certificate', 1, public_key:pem_decode(Pem)),
        beam_mtls_certificate:details(Der)
    catch
        _:_ -> none
    end.

%% Where inet_tls_dist keeps what it read from the option file (OTP 25 to 29).
certificate_file() ->
    [{server, Options}] = ets:lookup(ssl_dist_opts, server),
    case lists:keyfind(certs_keys, 1, Options) of
        {certs_keys, [#{certfile := File} | _]} -> File;
        _ -> proplists:get_value(certfile, Options)
    end.

%% Links.

%% In a separate process, so that no late answer is left in the caller's mailbox.
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

%% A carrier that we do not know may answer anything, and the reason for which a
%% process crashes is logged.
answered(Controller) ->
    try
        {Receiver, Tls} = beam_mtls_link:tls(fun erlang:apply/3, Controller),
        {beam_mtls_link:direction(Receiver), Tls}
    catch
        _:_ -> {unknown, unknown}
    end.

%% OTP's plain carrier hands over a port, and so does TLS in the kernel.
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
