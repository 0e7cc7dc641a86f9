%% What needs no other node; the scenarios of remote consoles do the rest.
-module(beam_mtls_rpc_tests).

-include_lib("eunit/include/eunit.hrl").

the_full_stop_may_be_left_out_test_() ->
    [
        ?_assertMatch({ok, [{op, _, '+', _, _}]}, beam_mtls_rpc:parse(Text))
     || Text <- ["1 + 1", "1 + 1.", "1 + 1 .\n"]
    ].

letters_of_all_scripts_are_taken_test() ->
    ?assertMatch({ok, [{string, _, [16#e4, 16#4e16]}]}, beam_mtls_rpc:parse([$", 16#e4, 16#4e16, $"])).

a_syntax_error_is_reported_test_() ->
    [
        ?_assertMatch({error, ["EXPR: " | _]}, beam_mtls_rpc:parse(Text))
     || Text <- ["", "foo(", "\"", "1 1"]
    ].

a_missing_node_is_reported_test() ->
    {error, Reason} = beam_mtls_rpc:answer("no@such.node", "1"),
    ?assertMatch({match, _}, re:run(unicode:characters_to_binary(Reason), "cannot be reached")).
