%% Puts beam_mtls_dist in the place of OTP's carrier in net_kernel's listeners.
%%
%% The documented way, our own name in -proto_dist, is worse: applications read that
%% flag and fall back to plain TCP if it is not exactly `inet_tls`.
-module(beam_mtls_dist_binding).

-if(?OTP_RELEASE >= 27).
-moduledoc false.
-endif.

%% API.
-export([carrier/0]).
-export([is_in_place/0]).
-export([put_in_place_at_start/0]).

-ifdef(TEST).
-export([with_carrier_replaced/1]).
-endif.

-define(MODULE_IN_LISTENERS, beam_mtls_dist).

%% API.

%% OTP's carrier, which does most of the work.
-spec carrier() -> inet_tls_dist | inet6_tls_dist.
carrier() ->
    case init:get_argument(proto_dist) of
        {ok, [["inet6_tls" | _] | _]} -> inet6_tls_dist;
        _ -> inet_tls_dist
    end.

%% Returns at once, and acts as soon as net_kernel listens: the supervisor answers
%% only after it has started all of its children, of which net_kernel is the last.
-spec put_in_place_at_start() -> pid().
put_in_place_at_start() ->
    spawn(fun() ->
        _ = supervisor:which_children(net_sup),
        put_in_place(infinity)
    end).

%% Whether beam_mtls_dist is in all listeners. If not, tries once to put it there.
-spec is_in_place() -> boolean().
is_in_place() ->
    Timeout = net_kernel:connecttime(),
    try
        is_bound(sys:get_state(net_kernel, Timeout)) orelse is_bound(put_in_place(Timeout))
    catch
        _:_ -> false
    end.

%% Internal.

put_in_place(Timeout) ->
    sys:replace_state(net_kernel, fun with_carrier_replaced/1, Timeout).

%% Runs in net_kernel, whose state is a record. One field is the list of listeners.
-spec with_carrier_replaced(tuple()) -> tuple().
with_carrier_replaced(State) ->
    Carrier = carrier(),
    list_to_tuple([
        case is_list_of_listeners(Field) of
            true -> [replaced(Carrier, Listener) || Listener <- Field];
            false -> Field
        end
     || Field <- tuple_to_list(State)
    ]).

%% Also ends the acceptor of the carrier, and with it the handshakes that it has
%% begun, whose peers dialed before this node was ready. When an acceptor ends,
%% net_kernel requests a new one from the listener's module, which by then is ours.
replaced(Carrier, Listener) ->
    Fields = tuple_to_list(Listener),
    case lists:member(Carrier, Fields) of
        true ->
            _ = [exit(Acceptor, kill) || Acceptor <- Fields, is_pid(Acceptor)],
            list_to_tuple([in_place_of(Carrier, Field) || Field <- Fields]);
        false ->
            Listener
    end.

in_place_of(Carrier, Carrier) -> ?MODULE_IN_LISTENERS;
in_place_of(_, Field) -> Field.

is_bound(State) ->
    Listeners = lists:append([Field || Field <- tuple_to_list(State), is_list_of_listeners(Field)]),
    Listeners =/= [] andalso
        lists:all(fun(Listener) -> lists:member(?MODULE_IN_LISTENERS, tuple_to_list(Listener)) end, Listeners).

is_list_of_listeners([_ | _] = Field) ->
    lists:all(fun(E) -> is_tuple(E) andalso tuple_size(E) > 0 andalso element(1, E) =:= listen end, Field);
is_list_of_listeners(_) ->
    false.
