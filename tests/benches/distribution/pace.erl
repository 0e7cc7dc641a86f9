%% How fast one connection of the distribution is, measured from one of its ends.
%%
%% Each measurement lasts for a given time, in milliseconds, and returns how much
%% was done in how many microseconds.
-module(pace).

-export([answer/0]).
-export([carrier/1]).
-export([connects/2]).
-export([round_trips/2]).
-export([stream/2]).

-type pace() :: {Count :: non_neg_integer(), Microseconds :: pos_integer()}.

-define(CHUNK, 65536).
%% Milliseconds.
-define(PAUSE, 10).

%% What the other end runs.
-spec answer() -> true.
answer() ->
    register(?MODULE, spawn(fun answering/0)).

%% What the connection is made of, as TLS reports it: so that the table says what
%% was really compared.
-spec carrier(node()) -> string().
carrier(Node) ->
    pong = net_adm:ping(Node),
    case lists:keyfind(Node, 1, erlang:system_info(dist_ctrl)) of
        {Node, Controller} when is_port(Controller) ->
            "no TLS";
        {Node, Controller} ->
            %% The process that knows comes first in the sender's state.
            {_StateName, Sender} = sys:get_state(Controller),
            Connection = element(2, element(2, Sender)),
            {ok, Info} = ssl_gen_statem:connection_information(Connection, false),
            Cipher = proplists:get_value(selected_cipher_suite, Info),
            lists:concat([proplists:get_value(protocol, Info), " ", ssl:suite_to_str(Cipher)])
    end.

%% Connections made, each until the other end has answered once.
%% Taking one down does not count, and after the pause both ends should have
%% noticed. Should one not, the attempt may fail, which takes time like any other.
-spec connects(node(), pos_integer()) -> pace().
connects(Node, Time) ->
    connects(Node, microseconds(Time), 0, 0).

connects(_Node, Time, Count, Spent) when Spent >= Time ->
    {Count, Spent};
connects(Node, Time, Count, Spent) ->
    erlang:disconnect_node(Node),
    timer:sleep(?PAUSE),
    Start = now_in_microseconds(),
    Made =
        case net_adm:ping(Node) of
            pong -> 1;
            pang -> 0
        end,
    connects(Node, Time, Count + Made, Spent + now_in_microseconds() - Start).

%% Small messages there and back, one after the other.
-spec round_trips(node(), pos_integer()) -> pace().
round_trips(Node, Time) ->
    pong = net_adm:ping(Node),
    Start = now_in_microseconds(),
    round_trips({?MODULE, Node}, Start, Start + microseconds(Time), 0).

round_trips(There, Start, End, Count) ->
    There ! {ping, self()},
    receive
        pong -> ok
    end,
    case now_in_microseconds() of
        Now when Now < End -> round_trips(There, Start, End, Count + 1);
        Now -> {Count + 1, Now - Start}
    end.

%% Messages of 64 KiB one way, until the other end confirms that it has them all.
-spec stream(node(), pos_integer()) -> pace().
stream(Node, Time) ->
    pong = net_adm:ping(Node),
    Chunk = binary:copy(<<"x">>, ?CHUNK),
    Start = now_in_microseconds(),
    Count = send_until(Start + microseconds(Time), {?MODULE, Node}, Chunk, 0),
    {?MODULE, Node} ! {last, self()},
    receive
        received -> ok
    end,
    {Count, now_in_microseconds() - Start}.

send_until(End, There, Chunk, Count) ->
    There ! {chunk, Chunk},
    case now_in_microseconds() < End of
        true -> send_until(End, There, Chunk, Count + 1);
        false -> Count + 1
    end.

answering() ->
    receive
        {ping, From} -> From ! pong;
        {chunk, _} -> ok;
        {last, From} -> From ! received
    end,
    answering().

microseconds(Milliseconds) ->
    Milliseconds * 1000.

now_in_microseconds() ->
    erlang:monotonic_time(microsecond).
