%% Reads option files as ssl does at boot, and compares the strings in them with those that are expected.
-module(read_back).

-export([differences/1]).

%% The files of a directory whose strings, in their order, are not those in the file beside it.
differences(Directory) ->
    [File || File <- filelib:wildcard(Directory ++ "/*.conf"), strings(File) =/= expected(File)].

%% ssl_dist_sup:consult/1 reads latin1 unless told otherwise, and takes one expression.
strings(File) ->
    {ok, Binary} = file:read_file(File),
    none = epp:read_encoding_from_binary(Binary),
    {ok, Tokens, _} = erl_scan:string(binary_to_list(Binary)),
    {ok, [Expression]} = erl_parse:parse_exprs(Tokens),
    strings_in(Expression).

strings_in({string, _, String}) -> [String];
strings_in(Tuple) when is_tuple(Tuple) -> strings_in(tuple_to_list(Tuple));
strings_in([Head | Tail]) -> strings_in(Head) ++ strings_in(Tail);
strings_in(_) -> [].

expected(File) ->
    {ok, Binary} = file:read_file(filename:rootname(File) ++ ".expected"),
    Lines = string:split(string:trim(Binary, trailing, "\n"), "\n", all),
    [[binary_to_integer(Code, 16) || Code <- string:lexemes(Line, " ")] || Line <- Lines].
