%% Accepts the distribution's connections in place of OTP's carrier, and does
%% their TLS handshakes.
%%
%% OTP limits the number of pending handshakes to the number of schedulers (27 and
%% 29) or to the backlog of the listener (25). Each may take seven seconds, so a few
%% silent connections keep every peer out. Here beam_mtls_dist_pool decides which
%% handshakes may be pending.
%%
%% What a peer's certificate says goes to net_kernel together with the connection,
%% in one message, and only when the handshake has proven that the peer holds the
%% certificate's key. OTP's carrier does not know a connection of this form, so it
%% could not take it without the check of beam_mtls_dist:accept_connection/5.
-module(beam_mtls_dist_acceptor).

-if(?OTP_RELEASE >= 27).
-moduledoc false.
-endif.

%% API.
-export([start_link/2]).

-export_type([connection/0]).

-include_lib("kernel/include/logger.hrl").

%% What net_kernel hands to accept_connection/5: what OTP's carrier calls the
%% connection, and the hosts in the peer's certificate.
-type connection() :: {beam_mtls, term(), [beam_mtls_dist:host()]}.

%% Milliseconds to wait if accept fails, as it does without free descriptors.
-define(PAUSE, 100).
%% Milliseconds between warnings.
-define(WARNING_INTERVAL, 60000).

-record(state, {
    carrier :: module(),
    listener :: gen_tcp:socket(),
    net_kernel :: pid(),
    pool = beam_mtls_dist_pool:new() :: beam_mtls_dist_pool:pool(),
    warned = none :: none | integer()
}).

%% API.

%% Called by net_kernel. The process has normal priority: with the maximum, which
%% OTP's acceptor has, a crowd of connections would leave no time for handshakes.
-spec start_link(module(), gen_tcp:socket()) -> pid().
start_link(Carrier, Listener) ->
    State = #state{carrier = Carrier, listener = Listener, net_kernel = self()},
    spawn_link(fun() ->
        false = process_flag(trap_exit, true),
        accept(State)
    end).

%% Accepting.

accept(#state{listener = Listener} = State) ->
    case gen_tcp:accept(Listener) of
        {ok, Socket} ->
            accept(begin_handshake(Socket, without_ended(State)));
        {error, econnaborted} ->
            accept(State);
        {error, Reason} ->
            timer:sleep(?PAUSE),
            Left = without_ended(State),
            Reason =:= closed andalso exit(closed),
            accept(not_accepted(Reason, Left))
    end.

%% Removes the handshakes that have ended since the last connection was accepted.
without_ended(#state{net_kernel = NetKernel, pool = Pool} = State) ->
    receive
        {'EXIT', NetKernel, Reason} ->
            exit(Reason);
        {'EXIT', Pid, Reason} ->
            Reason =:= normal orelse Reason =:= killed orelse
                ?LOG_ERROR("TLS distribution handshake failed: ~0p", [Reason]),
            without_ended(State#state{pool = beam_mtls_dist_pool:remove(Pid, Pool)})
    after 0 ->
        State
    end.

begin_handshake(Socket, #state{pool = Pool} = State) ->
    Now = erlang:monotonic_time(millisecond),
    case inet:peername(Socket) of
        {ok, {Address, _Port}} ->
            case beam_mtls_dist_pool:room(Address, Now, Pool) of
                free ->
                    start_handshake(Socket, Address, Now, State);
                {instead_of, Pid} ->
                    exit(Pid, kill),
                    Without = State#state{pool = beam_mtls_dist_pool:remove(Pid, Pool)},
                    start_handshake(Socket, Address, Now, warned(Address, Now, Without));
                full ->
                    reset(Socket),
                    warned(Address, Now, State)
            end;
        {error, _} ->
            reset(Socket),
            State
    end.

%% In a separate process, which owns the socket. TLS closes it when that process
%% ends.
start_handshake(Socket, Address, Now, #state{carrier = Carrier, net_kernel = NetKernel, pool = Pool} = State) ->
    Pid = spawn_link(fun() ->
        receive
            {begin_handshake, Socket} -> handshake(Socket, Carrier, NetKernel)
        end
    end),
    %% If the peer is already gone, the handshake fails.
    _ = gen_tcp:controlling_process(Socket, Pid),
    Pid ! {begin_handshake, Socket},
    State#state{pool = beam_mtls_dist_pool:add(Pid, Address, Now, Pool)}.

%% Without waiting for the peer to close its end.
reset(Socket) ->
    _ = inet:setopts(Socket, [{linger, {true, 0}}]),
    gen_tcp:close(Socket).

%% At most once a minute: an attacker can open thousands of connections per second.
warned(Address, Now, State) ->
    warn(
        Now,
        "beam-mtls: too many TLS handshakes are pending, the latest from ~ts; connections from addresses "
        "with many pending handshakes are closed",
        [inet:ntoa(Address)],
        State
    ).

not_accepted(Reason, State) ->
    Now = erlang:monotonic_time(millisecond),
    warn(Now, "beam-mtls: connections cannot be accepted: ~ts", [inet:format_error(Reason)], State).

warn(Now, _Format, _Arguments, #state{warned = Warned} = State) when
    is_integer(Warned), Now - Warned < ?WARNING_INTERVAL
->
    State;
warn(Now, Format, Arguments, State) ->
    ?LOG_WARNING(Format, Arguments),
    State#state{warned = Now}.

%% One handshake.

handshake(Socket, Carrier, NetKernel) ->
    Tag = make_ref(),
    case ssl:handshake(Socket, options({self(), Tag}), net_kernel:connecttime()) of
        {ok, TlsSocket} ->
            %% The first report counts: the handshake has proven its key. A later one
            %% could come from a renegotiation (TLS 1.2), whose key is not proven yet.
            receive
                {Tag, Hosts} -> hand_over(TlsSocket, Hosts, Carrier, NetKernel)
            after 0 -> ?LOG_ERROR("beam-mtls: a TLS handshake ended without a certificate", [])
            end;
        {error, {options, _}} = Error ->
            ?LOG_ERROR("Cannot accept TLS distribution connection: ~ts", [ssl:format_error(Error)]),
            gen_tcp:close(Socket);
        _ ->
            gen_tcp:close(Socket)
    end.

%% The options of inet_tls_dist, except that verify_fun knows where to report.
options(Receiver) ->
    [{server, Options}] = ets:lookup(ssl_dist_opts, server),
    {verify_fun, {Fun, {server, Peers}}} = lists:keyfind(verify_fun, 1, Options),
    Verify = {verify_fun, {Fun, {server, Peers, Receiver}}},
    [{active, false}, {packet, 4}, {erl_dist, true} | lists:keyreplace(verify_fun, 1, Options, Verify)].

hand_over(TlsSocket, Hosts, Carrier, NetKernel) ->
    NetKernel ! {accept, self(), {beam_mtls, connection(TlsSocket), Hosts}, family(Carrier), tls},
    receive
        {NetKernel, controller, Pid} ->
            case ssl:controlling_process(TlsSocket, Pid) of
                ok -> Pid ! {self(), controller};
                {error, _} -> Pid ! {self(), exit}
            end;
        {NetKernel, unsupported_protocol} ->
            ok
    end.

%% To net_kernel, OTP 25 knows a connection by the process that sends, later
%% releases by its socket.
connection(TlsSocket) ->
    case erlang:function_exported(inet_tls_dist, fam_accept_connection, 6) of
        true ->
            TlsSocket;
        false ->
            {sslsocket, _, [_Receiver, Sender | _]} = TlsSocket,
            Sender
    end.

family(inet_tls_dist) -> inet;
family(inet6_tls_dist) -> inet6.
