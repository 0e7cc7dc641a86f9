%% Clients that connect to a node and get no further than TLS, or not even that far.
-module(handshakes).

-export([run/5]).

%% Connects Count times to Address and Port, a few at a time, with one credential directory after the other ("none"
%% shows nothing) and one way to leave after the other. Returns how many handshakes were completed.
%% Slowness says how many times longer everything takes than on an idle machine.
run(Address, Port, Directories, Count, Slowness) ->
    Parent = self(),
    Work = [{nth(N, Directories), nth(N, ways())} || N <- lists:seq(1, Count)],
    Workers = [
        spawn_link(fun() -> Parent ! {self(), [visit(Address, Port, Each, Slowness) || Each <- Share]} end)
     || Share <- shares(Work)
    ],
    Results = lists:append([
        receive
            {Worker, Done} -> Done
        end
     || Worker <- Workers
    ]),
    length([completed || completed <- Results]).

visit(Address, Port, {_, not_even_tls}, _Slowness) ->
    {ok, Socket} = gen_tcp:connect(Address, Port, []),
    ok = gen_tcp:send(Socket, binary:copy(<<"garbage">>, 50)),
    gen_tcp:close(Socket),
    refused;
visit(Address, Port, {Directory, Way}, Slowness) ->
    case ssl:connect(Address, Port, options(Directory), 5000 * Slowness) of
        {ok, Socket} -> stay(Socket, Way, Slowness);
        {error, _} -> refused
    end.

%% With TLS 1.3 a client learns only from the next record that the server has refused its certificate.
stay(Socket, close, Slowness) ->
    leave(Socket, Slowness);
stay(Socket, garbage, Slowness) ->
    _ = ssl:send(Socket, [<<100:16>>, binary:copy(<<"x">>, 100)]),
    leave(Socket, Slowness).

leave(Socket, Slowness) ->
    Result = result(ssl:recv(Socket, 0, 50 * Slowness)),
    ssl:close(Socket),
    Result.

result({error, timeout}) -> completed;
result({error, closed}) -> completed;
result({ok, _}) -> completed;
result({error, {tls_alert, _}}) -> refused;
result({error, _}) -> refused.

options("none") ->
    [{verify, verify_none}, {versions, ['tlsv1.3']}, {active, false}, {mode, binary}];
options(Directory) ->
    [{certfile, Directory ++ "/tls.crt"}, {keyfile, Directory ++ "/tls.key"} | options("none")].

ways() -> [close, garbage, close, not_even_tls, garbage].

nth(N, List) -> lists:nth(N rem length(List) + 1, List).

shares(Work) ->
    Numbered = lists:zip(lists:seq(1, length(Work)), Work),
    [[Each || {N, Each} <- Numbered, N rem 4 =:= Share] || Share <- lists:seq(0, 3)].
