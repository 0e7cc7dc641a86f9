import Config

config :clustered, ClusteredWeb.Endpoint, http: [port: 4000]
