%% Nodes of tests, most of the time two: `a@127.0.0.1` and `b@127.0.0.2`, which
%% a has dialed.
-module(beam_mtls_test_nodes).

-export([call/4]).
-export([free_port/0]).
-export([start/4]).
-export([stop/1]).
-export([with_directory/1]).
-export([with_plain_pair/2]).
-export([with_tls_pair/2]).
-export([with_tls_pair/3]).

%% With what OTP has, and no name bound to a certificate.
with_tls_pair(FlagsOfOther, Fun) ->
    with_tls_pair(FlagsOfOther, {1, 7}, Fun).

%% By a certificate that both have, which is so many days old and has so many left.
with_tls_pair(FlagsOfOther, Days, Fun) ->
    with_directory(fun(Directory) ->
        Options = write_credentials(Directory, Days),
        with_pair(["-proto_dist", "inet_tls", "-ssl_dist_optfile", Options], FlagsOfOther, Fun)
    end).

with_plain_pair(FlagsOfOther, Fun) ->
    with_pair([], FlagsOfOther, Fun).

call(Node, Module, Function, Arguments) ->
    peer:call(Node, Module, Function, Arguments, 20000).

with_pair(Flags, FlagsOfOther, Fun) ->
    Port = free_port(),
    One = start("a@127.0.0.1", "{127,0,0,1}", Port, Flags),
    Other = start("b@127.0.0.2", "{127,0,0,2}", Port, Flags ++ FlagsOfOther),
    try
        pong = call(One, net_adm, ping, ['b@127.0.0.2']),
        Fun(One, Other)
    after
        [stop(Node) || Node <- [One, Other]]
    end.

free_port() ->
    {ok, Socket} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Socket),
    ok = gen_tcp:close(Socket),
    Port.

%% The port is the same on all nodes, and nobody is asked for it.
start(Name, Interface, Port, Flags) ->
    Listening = ["-start_epmd", "false", "-erl_epmd_port", integer_to_list(Port)],
    Interfaces = ["-kernel", "inet_dist_use_interface", Interface],
    Path = ["-pa", filename:dirname(code:which(?MODULE))],
    Arguments = ["-name", Name, "-setcookie", "tests"] ++ Listening ++ Interfaces ++ Flags ++ Path,
    element(2, peer:start(#{connection => standard_io, args => Arguments})).

%% A test may have stopped it.
stop(Node) ->
    try
        peer:stop(Node)
    catch
        exit:noproc -> ok
    end.

with_directory(Fun) ->
    Directory = filename:join("/tmp", "beam-mtls-" ++ os:getpid() ++ integer_to_list(erlang:unique_integer([positive]))),
    ok = file:make_dir(Directory),
    try
        Fun(Directory)
    after
        file:del_dir_r(Directory)
    end.

write_credentials(Directory, {DaysOld, DaysLeft}) ->
    Today = calendar:date_to_gregorian_days(date()),
    Validity = {
        calendar:gregorian_days_to_date(Today - DaysOld), calendar:gregorian_days_to_date(Today + DaysLeft)
    },
    Strong = [{digest, sha256}, {key, {namedCurve, secp256r1}}],
    Chain = #{root => Strong, intermediates => [], peer => [{validity, Validity} | Strong]},
    #{server_config := Config, client_config := Trusting} =
        public_key:pkix_test_data(#{server_chain => Chain, client_chain => Chain}),
    Write = fun(Name, Entries) -> write(Directory, Name, [{Type, Der, not_encrypted} || {Type, Der} <- Entries]) end,
    Options = [
        {versions, ['tlsv1.3']},
        {certfile, Write("certificate.pem", [{'Certificate', proplists:get_value(cert, Config)}])},
        {keyfile, Write("key.pem", [proplists:get_value(key, Config)])},
        {cacertfile, Write("ca.pem", [{'Certificate', Der} || Der <- proplists:get_value(cacerts, Trusting)])}
    ],
    Server = [{verify, verify_peer}, {fail_if_no_peer_cert, true} | Options],
    Path = filename:join(Directory, "ssl_dist.conf"),
    ok = file:write_file(Path, io_lib:format("~p.~n", [[{server, Server}, {client, [{verify, verify_none} | Options]}]])),
    Path.

write(Directory, Name, Entries) ->
    Path = filename:join(Directory, Name),
    ok = file:write_file(Path, public_key:pem_encode(Entries)),
    Path.
