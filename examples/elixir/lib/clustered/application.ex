defmodule Clustered.Application do
  @moduledoc "The application and its supervisor: one process reports peers, one finds them, one serves HTTP."

  use Application

  @impl true
  def start(_type, _args) do
    children = [
      # The first one must be running before peers connect.
      Clustered.View,
      {:beam_mtls_discovery, %{}},
      ClusteredWeb.Endpoint
    ]

    Supervisor.start_link(children, strategy: :one_for_one, name: Clustered.Supervisor)
  end
end
