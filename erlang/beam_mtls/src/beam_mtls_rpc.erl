%% What `beam-mtls rpc EXPR` runs: evaluates an expression on a node and prints
%% its value. Only the command line of `beam-mtls rpc` starts it.
-module(beam_mtls_rpc).

-if(?OTP_RELEASE >= 27).
-moduledoc false.
-endif.

%% API.
-export([start/0]).

-ifdef(TEST).
-export([answer/2]).
-export([parse/1]).
-endif.

%% API.

%% The plain arguments are the node and the expression.
-spec start() -> ok.
start() ->
    %% Names and texts are Unicode in any locale.
    ok = io:setopts([{encoding, unicode}]),
    log_to_standard_error(),
    %% A variable may contain another -extra.
    [Text, Node | _] = lists:reverse(init:get_plain_arguments()),
    case answer(Node, Text) of
        {ok, Value} ->
            io:format("~tp~n", [Value]),
            stop(0);
        {error, Reason} ->
            io:format(standard_error, "beam-mtls: ~ts~n", [Reason]),
            stop(1)
    end.

%% Internal.

%% Orderly, so that all output arrives.
stop(Status) ->
    ok = logger:set_primary_config(level, none),
    init:stop(Status).

%% Standard output is for the answer. What TLS logs about a refusal is worth
%% reading; what is logged while this node stops is not.
log_to_standard_error() ->
    ok = logger:remove_handler(default),
    ok = logger:add_handler(default, logger_std_h, #{config => #{type => standard_error}}).

-spec answer(string(), string()) -> {ok, term()} | {error, iodata()}.
answer(Node, Text) ->
    case parse(Text) of
        {ok, Expressions} -> evaluate(list_to_atom(Node), Expressions);
        {error, _} = Error -> Error
    end.

%% Here and not on the node, so that a syntax error does not reach it.
-spec parse(string()) -> {ok, [erl_parse:abstract_expr()]} | {error, iodata()}.
parse(Text) ->
    case erl_scan:string(string:trim(Text, trailing, ". \n\t") ++ ".") of
        {ok, Tokens, _} ->
            case erl_parse:parse_exprs(Tokens) of
                {ok, Expressions} -> {ok, Expressions};
                {error, Error} -> {error, syntax(Error)}
            end;
        {error, Error, _} ->
            {error, syntax(Error)}
    end.

syntax({_, Module, Description}) ->
    ["EXPR: ", Module:format_error(Description)].

evaluate(Node, Expressions) ->
    case net_kernel:hidden_connect_node(Node) of
        true ->
            try erpc:call(Node, erl_eval, exprs, [Expressions, []]) of
                {value, Value, _} -> {ok, Value}
            catch
                throw:Thrown ->
                    {error, io_lib:format("~ts threw ~tp", [Node, Thrown])};
                error:{exception, Reason, _} ->
                    {error, io_lib:format("~ts raised ~tp", [Node, Reason])};
                exit:{exception, Reason} ->
                    {error, io_lib:format("~ts exited with ~tp", [Node, Reason])};
                _:Reason ->
                    {error, io_lib:format("~ts did not answer: ~tp", [Node, Reason])}
            end;
        _ ->
            {error,
                io_lib:format(
                    "~ts cannot be reached; if it refused, its log says why, "
                    "and `beam-mtls doctor` looks for the cause",
                    [Node]
                )}
    end.
