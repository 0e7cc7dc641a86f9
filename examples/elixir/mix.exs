defmodule Clustered.MixProject do
  use Mix.Project

  def project do
    [
      app: :clustered,
      version: "0.1.0",
      elixir: "~> 1.14",
      start_permanent: Mix.env() == :prod,
      deps: deps()
    ]
  end

  def application do
    [
      mod: {Clustered.Application, []},
      extra_applications: [:inets, :logger, :runtime_tools]
    ]
  end

  # The companion library lies in this repository. Elsewhere it is a dependency of git, as README.md says.
  defp deps do
    [{:beam_mtls, path: "../../erlang/beam_mtls"}]
  end
end
