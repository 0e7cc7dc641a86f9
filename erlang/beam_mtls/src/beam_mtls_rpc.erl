%% What `beam-mtls rpc EXPR` runs: evaluates an expression on a node and prints
%% its value. Only a command line of ours starts it.
-module(beam_mtls_rpc).

-export([start/0]).

-ifdef(TEST).
-export([parse/1, answer/2]).
-endif.

%% The plain arguments are the node and the expression.
start() ->
    %% Whatever the locale is, names and texts are Unicode.
    ok = io:setopts([{encoding, unicode}]),
    log_to_standard_error(),
    %% A variable may hold an -extra of its own.
    [Text, Node | _] = lists:reverse(init:get_plain_arguments()),
    case answer(Node, Text) of
        {ok, Value} ->
            io:format("~tp~n", [Value]),
            stop(0);
        {error, Reason} ->
            io:format(standard_error, "beam-mtls: ~ts~n", [Reason]),
            stop(1)
    end.

%% In order, so that all that was written arrives.
stop(Status) ->
    ok = logger:set_primary_config(level, none),
    init:stop(Status).

%% Standard output is for the answer. What TLS says about a refusal is worth
%% reading, what is said while this node ends is not.
log_to_standard_error() ->
    ok = logger:remove_handler(default),
    ok = logger:add_handler(default, logger_std_h, #{config => #{type => standard_error}}).

answer(Node, Text) ->
    case parse(Text) of
        {ok, Expressions} -> evaluate(list_to_atom(Node), Expressions);
        {error, _} = Error -> Error
    end.

%% Here and not there, so that a mistake in it does not reach the node.
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
                    "~ts cannot be reached; its log tells why where it refused, "
                    "and `beam-mtls doctor` looks for the cause",
                    [Node]
                )}
    end.
