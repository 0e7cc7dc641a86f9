import Config

# Nothing about the distribution: beam-mtls adds that.

# bin/server sets it; `bin/clustered start` alone does not serve HTTP.
if System.get_env("PHX_SERVER") do
  config :clustered, ClusteredWeb.Endpoint, server: true
end

if config_env() == :prod do
  port = String.to_integer(System.get_env("PORT") || "4000")
  config :clustered, ClusteredWeb.Endpoint, http: [port: port]
end
