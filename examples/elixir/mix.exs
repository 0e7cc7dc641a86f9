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

  # The companion library is in this repository. Elsewhere, make it a git dependency: see README.md.
  defp deps do
    [{:beam_mtls, path: "../../erlang/beam_mtls"}]
  end
end
