%% Prints the peers that this node is connected to on standard output: a line at
%% startup, and one whenever they change.
%%
%%   view {"node":"app@10.0.0.5","otp":"29","peers":[{"node":"app@10.0.0.6","tls":"tlsv1.3","serial":"4f81"}]}
%%
%% `tls` is null if the connection does not use TLS.
-module(clustered_view).

-behaviour(gen_server).

-export([start_link/0]).

-export([handle_call/3]).
-export([handle_cast/2]).
-export([handle_info/2]).
-export([init/1]).

-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

init([]) ->
    ok = net_kernel:monitor_nodes(true, [nodedown_reason]),
    {ok, print("")}.

handle_info({nodeup, _Node, _Info}, Printed) ->
    {noreply, print(Printed)};
handle_info({nodedown, Node, Info}, Printed) ->
    logger:notice("~ts is gone: ~0tp", [Node, proplists:get_value(nodedown_reason, Info)]),
    {noreply, print(Printed)};
handle_info(_, Printed) ->
    {noreply, Printed}.

handle_call(_, _From, Printed) ->
    {noreply, Printed}.

handle_cast(_, Printed) ->
    {noreply, Printed}.

%% Several messages can lead to the same view, which is printed only once.
print(Printed) ->
    case lists:flatten(view()) of
        Printed ->
            Printed;
        View ->
            io:put_chars(["view ", View, $\n]),
            View
    end.

view() ->
    Peers = lists:join($,, [peer(Node) || Node <- lists:sort(nodes())]),
    object([
        {"node", string(atom_to_list(node()))},
        {"otp", string(erlang:system_info(otp_release))},
        {"peers", [$[, Peers, $]]}
    ]).

peer(Node) ->
    {Version, Serial} =
        case beam_mtls:link_to(Node) of
            {ok, #{tls := #{version := Tls, certificate := #{serial := Number}}}} ->
                {string(atom_to_list(Tls)), string(binary_to_list(Number))};
            _ ->
                {"null", "null"}
        end,
    object([{"node", string(atom_to_list(Node))}, {"tls", Version}, {"serial", Serial}]).

%%% JSON, for which OTP has a module only since 27

object(Members) ->
    [${, lists:join($,, [[string(Name), $:, Value] || {Name, Value} <- Members]), $}].

string(Characters) ->
    [$", [escaped(Character) || Character <- Characters], $"].

escaped(Character) when Character =:= $"; Character =:= $\\ -> [$\\, Character];
escaped(Character) when Character < $\s -> io_lib:format("\\u~4.16.0b", [Character]);
escaped(Character) -> Character.
