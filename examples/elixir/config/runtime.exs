import Config

# Nothing about the distribution: that comes from beam-mtls.

# bin/server sets it; `bin/clustered start` alone serves no HTTP.
if System.get_env("PHX_SERVER") do
  config :clustered, ClusteredWeb.Endpoint, server: true
end

if config_env() == :prod do
  port = String.to_integer(System.get_env("PORT") || "4000")
  config :clustered, ClusteredWeb.Endpoint, http: [port: port]
end
