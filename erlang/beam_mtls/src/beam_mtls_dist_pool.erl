%% Decides which connections may begin a TLS handshake, by their source addresses.
%% The number of pending handshakes is limited, because anyone who reaches the port
%% can open connections, and each takes memory until it ends.
%%
%% One source never takes the places of others. Once all places are taken, the source
%% that holds the most gives one up to a source that holds fewer. If a source has used
%% up its own places, its oldest handshake gives way after two seconds; an honest
%% handshake takes milliseconds.
%%
%% This module has no side effects; beam_mtls_dist_acceptor acts on its decisions.
-module(beam_mtls_dist_pool).

-if(?OTP_RELEASE >= 27).
-moduledoc false.
-endif.

%% API.
-export([add/4]).
-export([new/0]).
-export([remove/2]).
-export([room/3]).

-export_type([pool/0]).

%% address  an IPv6 address
%% source   an IPv4 address, or the /64 network of an IPv6 address, which may belong
%%          to one attacker, or to all pods of a Kubernetes node
-type group() ::
    {address, inet:ip6_address()}
    | {source, inet:ip4_address()}
    | {source, {0..65535, 0..65535, 0..65535, 0..65535, network}}
    | all.

%% Milliseconds of monotonic time.
-type time() :: integer().

-record(pool, {
    pending = #{} :: #{pid() => {time(), [group()]}},
    %% The same processes by group, the oldest first.
    groups = #{} :: #{group() => gb_sets:set({time(), pid()})}
}).

-opaque pool() :: #pool{}.

-define(MAX_PER_ADDRESS, 64).
-define(MAX_PER_NETWORK, 128).
-define(MAX, 256).

%% Milliseconds after which a handshake gives way to one from the same source.
-define(PATIENCE, 2000).

%% API.

-spec new() -> pool().
new() ->
    #pool{}.

%% Whether a handshake with this address may begin, and which one ends for it.
-spec room(inet:ip_address(), time(), pool()) -> free | {instead_of, pid()} | full.
room(Address, Now, Pool) ->
    Groups = groups(Address),
    case [Group || Group <- Groups, size(Group, Pool) >= limit(Group)] of
        [] -> free;
        [all | _] -> instead_of_the_largest(lists:keyfind(source, 1, Groups), Now, Pool);
        [Group | _] -> instead_of_the_oldest(Group, Now, Pool)
    end.

%% The process that does the handshake.
-spec add(pid(), inet:ip_address(), time(), pool()) -> pool().
add(Pid, Address, Now, #pool{pending = Pending, groups = Groups}) ->
    Own = groups(Address),
    Added = lists:foldl(
        fun(Group, Before) ->
            Before#{Group => gb_sets:add_element({Now, Pid}, maps:get(Group, Before, gb_sets:new()))}
        end,
        Groups,
        Own
    ),
    #pool{pending = Pending#{Pid => {Now, Own}}, groups = Added}.

-spec remove(pid(), pool()) -> pool().
remove(Pid, #pool{pending = Pending, groups = Groups} = Pool) ->
    case maps:take(Pid, Pending) of
        {{Since, Own}, Others} ->
            Remove = fun(Group, Before) -> without({Since, Pid}, Group, Before) end,
            #pool{pending = Others, groups = lists:foldl(Remove, Groups, Own)};
        error ->
            Pool
    end.

%% Internal.

without(Element, Group, Groups) ->
    Left = gb_sets:del_element(Element, maps:get(Group, Groups)),
    case gb_sets:is_empty(Left) of
        true -> maps:remove(Group, Groups);
        false -> Groups#{Group => Left}
    end.

instead_of_the_largest(Source, Now, #pool{groups = Groups} = Pool) ->
    {Most, Largest} = lists:max([{gb_sets:size(Set), Group} || {{source, _} = Group, Set} <- maps:to_list(Groups)]),
    case Most > size(Source, Pool) + 1 of
        true -> {instead_of, element(2, oldest(Largest, Pool))};
        false -> instead_of_the_oldest(all, Now, Pool)
    end.

instead_of_the_oldest(Group, Now, Pool) ->
    case oldest(Group, Pool) of
        {Since, Pid} when Now - Since >= ?PATIENCE -> {instead_of, Pid};
        _ -> full
    end.

oldest(Group, #pool{groups = Groups}) ->
    gb_sets:smallest(maps:get(Group, Groups)).

size(Group, #pool{groups = Groups}) ->
    case Groups of
        #{Group := Set} -> gb_sets:size(Set);
        _ -> 0
    end.

groups({0, 0, 0, 0, 0, 16#ffff, High, Low}) ->
    %% An IPv4 address as a listener for both families sees it.
    groups({High bsr 8, High band 255, Low bsr 8, Low band 255});
groups({A, B, C, D, _, _, _, _} = Address) ->
    [{address, Address}, {source, {A, B, C, D, network}}, all];
groups({_, _, _, _} = Address) ->
    [{source, Address}, all].

limit({address, _}) -> ?MAX_PER_ADDRESS;
limit({source, Source}) when tuple_size(Source) =:= 4 -> ?MAX_PER_ADDRESS;
limit({source, _}) -> ?MAX_PER_NETWORK;
limit(all) -> ?MAX.
