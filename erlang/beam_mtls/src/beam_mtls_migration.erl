%% Lets a node be reached with TLS and without at the same time, for the first of
%% the two steps from a plain cluster to one that `beam-mtls` starts
%% (docs/migration.md). It is named by flags of the BEAM:
%%
%%   -proto_dist inet_tls inet_tcp -epmd_module beam_mtls_migration
%%
%% OTP then listens for both and dials with the last one. But it would give both
%% listeners the same port, or register both under one name in epmd, which refuses
%% the second. Here the first gets the port of the variable BEAM_MTLS_LISTEN, 9100
%% unless set, where nodes dial it without asking epmd. The last one is as ever.
%%
%% What it exports is what OTP calls of an epmd module.
-module(beam_mtls_migration).

-export([address_please/3]).
-export([listen_port_please/2]).
-export([names/1]).
-export([port_please/2]).
-export([port_please/3]).
-export([register_node/2]).
-export([register_node/3]).
-export([start_link/0]).

start_link() ->
    erl_epmd:start_link().

%% net_kernel asks once for each protocol, in the order of the flag; one that was
%% started anew is another process, and asks from the beginning.
listen_port_please(Name, Host) ->
    case put(?MODULE, asked) of
        undefined -> {ok, tls_port()};
        asked -> erl_epmd:listen_port_please(Name, Host)
    end.

register_node(Name, Port) ->
    register_node(Name, Port, inet).

register_node(Name, Port, Family) ->
    case tls_port() of
        %% What tells one life of the node from the next, as epmd would make it.
        Port -> {ok, 3 + rand:uniform(16#fffffffc)};
        _ -> erl_epmd:register_node(Name, Port, Family)
    end.

address_please(Name, Host, Family) ->
    erl_epmd:address_please(Name, Host, Family).

names(Host) ->
    erl_epmd:names(Host).

port_please(Name, Host) ->
    erl_epmd:port_please(Name, Host).

port_please(Name, Host, Timeout) ->
    erl_epmd:port_please(Name, Host, Timeout).

tls_port() ->
    list_to_integer(lists:last(string:split(os:getenv("BEAM_MTLS_LISTEN", "9100"), ":", all))).
