%% What we report about a certificate: who it is for, who issued it and how long it
%% is valid. Nothing in it becomes an atom, because peers choose the contents.
-module(beam_mtls_certificate).

-if(?OTP_RELEASE >= 27).
-moduledoc """
What this library reports about a certificate: who it is for, who issued it and how
long it is valid.

Texts are binaries in UTF-8 without control characters. Nothing in a certificate
becomes an atom, because peers choose its contents.
""".
-endif.

%% API.
-export([details/1]).

-ifdef(TEST).
-export([distinguished_name/1]).
-export([seconds/1]).
-endif.

-export_type([details/0]).

-include_lib("public_key/include/public_key.hrl").

%% subject, issuer   as RFC 4514 writes them: <<"CN=web,O=shop">>
%% names             subject alternative names: <<"dns:host">>, <<"ip:10.0.0.1">>,
%%                   <<"uri:spiffe://...">>; other kinds are left out
%% serial            hexadecimal, in lower case
%% sha256            fingerprint of the whole certificate, in the same form
%% not_before,
%% not_after         seconds since 1970, as DateTime.from_unix!/1 and
%%                   calendar:system_time_to_rfc3339/1 expect them
-type details() :: #{
    subject := binary(),
    names := [binary()],
    serial := binary(),
    sha256 := binary(),
    issuer := binary(),
    not_before := integer(),
    not_after := integer()
}.

%% API.

-spec details(public_key:der_encoded()) -> details().
details(Der) ->
    #'OTPCertificate'{tbsCertificate = Certificate} = public_key:pkix_decode_cert(Der, otp),
    #'OTPTBSCertificate'{
        serialNumber = Serial,
        issuer = Issuer,
        subject = Subject,
        validity = #'Validity'{notBefore = NotBefore, notAfter = NotAfter},
        extensions = Extensions
    } = Certificate,
    #{
        subject => distinguished_name(Subject),
        names => names(Extensions),
        serial => hexadecimal(Serial),
        sha256 => fingerprint(Der),
        issuer => distinguished_name(Issuer),
        not_before => seconds(NotBefore),
        not_after => seconds(NotAfter)
    }.

%% Internal.

hexadecimal(Integer) ->
    string:lowercase(integer_to_binary(Integer, 16)).

fingerprint(Der) ->
    << <<(hexadecimal(Nibble))/binary>> || <<Nibble:4>> <= crypto:hash(sha256, Der)>>.

%% Years until 2049 have two digits (RFC 5280, 4.1.2.5).
-spec seconds({utcTime | generalTime, string()}) -> integer().
seconds({utcTime, [Y1 | _] = Time}) when Y1 < $5 -> seconds({generalTime, "20" ++ Time});
seconds({utcTime, Time}) -> seconds({generalTime, "19" ++ Time});
seconds({generalTime, Time}) ->
    {ok, [Year, Month, Day, Hour, Minute, Second], "Z"} = io_lib:fread("~4d~2d~2d~2d~2d~2d", Time),
    Gregorian = calendar:datetime_to_gregorian_seconds({{Year, Month, Day}, {Hour, Minute, Second}}),
    Gregorian - calendar:datetime_to_gregorian_seconds({{1970, 1, 1}, {0, 0, 0}}).

%% Names.

names(Extensions) when is_list(Extensions) ->
    case lists:keyfind(?'id-ce-subjectAltName', #'Extension'.extnID, Extensions) of
        #'Extension'{extnValue = Names} when is_list(Names) -> lists:append([name(Name) || Name <- Names]);
        _ -> []
    end;
names(_) ->
    [].

name({dNSName, Name}) ->
    [text(["dns:", Name])];
name({uniformResourceIdentifier, Uri}) ->
    [text(["uri:", Uri])];
name({iPAddress, Bytes}) ->
    case iolist_to_binary([Bytes]) of
        <<A, B, C, D>> -> [text(["ip:", inet:ntoa({A, B, C, D})])];
        <<A:16, B:16, C:16, D:16, E:16, F:16, G:16, H:16>> -> [text(["ip:", inet:ntoa({A, B, C, D, E, F, G, H})])];
        _ -> []
    end;
name(_) ->
    [].

%% The last one comes first (RFC 4514, 2.1). The names of the records differ between
%% releases of OTP, their fields do not.
-spec distinguished_name({rdnSequence, [[tuple()]]}) -> binary().
distinguished_name({rdnSequence, Sequence}) ->
    Relative = [lists:join($+, [attribute(Attribute) || Attribute <- Set]) || Set <- lists:reverse(Sequence)],
    text(lists:join($,, Relative)).

attribute({_Record, Type, Value}) ->
    [attribute_type(Type), $=, escaped(attribute_value(Value))].

attribute_type(?'id-at-commonName') -> "CN";
attribute_type(?'id-at-countryName') -> "C";
attribute_type(?'id-at-localityName') -> "L";
attribute_type(?'id-at-organizationName') -> "O";
attribute_type(?'id-at-organizationalUnitName') -> "OU";
attribute_type(?'id-at-stateOrProvinceName') -> "ST";
attribute_type(Oid) -> lists:join($., [integer_to_list(Number) || Number <- tuple_to_list(Oid)]).

attribute_value({_Choice, Value}) -> attribute_value(Value);
attribute_value(Value) when is_list(Value); is_binary(Value) -> text(Value);
attribute_value(_) -> <<"?">>.

%% So that a value cannot look like another attribute.
escaped(Value) ->
    re:replace(Value, "[,+\"\\\\<>;=]", "\\\\&", [global, unicode, {return, binary}]).

%% What a peer put there may not be text at all.
text(Value) ->
    Text =
        try unicode:characters_to_binary(Value) of
            Binary when is_binary(Binary) -> Binary;
            _ -> unicode:characters_to_binary(binary_to_list(iolist_to_binary(Value)), latin1)
        catch
            %% Some characters of a BMPString come as tuples.
            error:badarg -> <<"?">>
        end,
    re:replace(Text, "[[:cntrl:]]", "?", [global, unicode, {return, binary}]).
