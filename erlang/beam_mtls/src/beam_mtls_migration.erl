%% Makes a node reachable with and without TLS at the same time: the first of the
%% two steps from a plain cluster to one that `beam-mtls` starts
%% (docs/migration.md).
%%
%% Given only the flags, OTP would use the same port for both listeners, or register
%% both under one name in epmd, which refuses the second. Here the first listener
%% gets its own port and is kept out of epmd; the last one is left to erl_epmd.
-module(beam_mtls_migration).

-if(?OTP_RELEASE >= 27).
-moduledoc """
An epmd module that makes a node reachable with and without TLS at the same time,
for the first of the two steps from a plain cluster to one that `beam-mtls`
starts. Flags of the BEAM name it:

```
-proto_dist inet_tls inet_tcp -epmd_module beam_mtls_migration
```

OTP then listens for both protocols and dials with the last one. The first listens
on the port in the variable `BEAM_MTLS_LISTEN`, 9100 unless set, which nodes dial
without asking epmd. The last one is registered in epmd as before.
""".
-endif.

%% What OTP calls in an epmd module.
-export([address_please/3]).
-export([listen_port_please/2]).
-export([names/1]).
-export([port_please/2]).
-export([port_please/3]).
-export([register_node/2]).
-export([register_node/3]).
-export([start_link/0]).

%% What OTP calls in an epmd module.

-spec start_link() -> gen_server:start_ret().
start_link() ->
    erl_epmd:start_link().

%% net_kernel asks once for each protocol, in the order of the flag. A restarted
%% net_kernel is a different process, and starts from the first one.
-spec listen_port_please(atom() | string(), string()) -> {ok, inet:port_number()}.
listen_port_please(Name, Host) ->
    case put(?MODULE, asked) of
        undefined -> {ok, tls_port()};
        asked -> erl_epmd:listen_port_please(Name, Host)
    end.

-spec register_node(atom() | string(), inet:port_number()) -> {ok, pos_integer()} | {error, term()}.
register_node(Name, Port) ->
    register_node(Name, Port, inet).

-spec register_node(atom() | string(), inet:port_number(), inet | inet6) -> {ok, pos_integer()} | {error, term()}.
register_node(Name, Port, Family) ->
    case tls_port() of
        %% The creation, which distinguishes one run of the node from the next, as
        %% epmd would choose it.
        Port -> {ok, 3 + rand:uniform(16#fffffffc)};
        _ -> erl_epmd:register_node(Name, Port, Family)
    end.

-spec address_please(string(), string(), inet | inet6) -> {ok, inet:ip_address()} | {error, term()}.
address_please(Name, Host, Family) ->
    erl_epmd:address_please(Name, Host, Family).

-spec names(string() | atom() | inet:ip_address()) -> {ok, [{string(), inet:port_number()}]} | {error, term()}.
names(Host) ->
    erl_epmd:names(Host).

-spec port_please(string(), string() | inet:ip_address()) -> term().
port_please(Name, Host) ->
    erl_epmd:port_please(Name, Host).

-spec port_please(string(), string() | inet:ip_address(), timeout()) -> term().
port_please(Name, Host, Timeout) ->
    erl_epmd:port_please(Name, Host, Timeout).

%% Internal.

tls_port() ->
    list_to_integer(lists:last(string:split(os:getenv("BEAM_MTLS_LISTEN", "9100"), ":", all))).
