defmodule Clustered.View do
  @moduledoc """
  Prints the peers that this node is connected to on standard output: a line at startup, and one whenever they change.

      view {"node":"app@10.0.0.5","otp":"29","peers":[{"node":"app@10.0.0.6","tls":"tlsv1.3","serial":"4f81"}]}

  `tls` is null if the connection does not use TLS.
  """

  use GenServer

  require Logger

  def start_link([]), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)

  @doc "The current view as JSON."
  def json do
    peers = Node.list() |> Enum.sort() |> Enum.map_join(",", &peer/1)
    otp = List.to_string(:erlang.system_info(:otp_release))
    ~s({"node":#{string(node())},"otp":#{string(otp)},"peers":[#{peers}]})
  end

  @impl true
  def init([]) do
    :ok = :net_kernel.monitor_nodes(true, [:nodedown_reason])
    {:ok, print(nil)}
  end

  @impl true
  def handle_info({:nodeup, _node, _info}, printed), do: {:noreply, print(printed)}

  def handle_info({:nodedown, node, info}, printed) do
    Logger.notice("#{node} is gone: #{inspect(info[:nodedown_reason])}")
    {:noreply, print(printed)}
  end

  # Several messages can lead to the same view, which is printed only once.
  defp print(printed) do
    view = json()
    if view != printed, do: IO.puts(["view ", view])
    view
  end

  defp peer(node) do
    {version, serial} =
      case :beam_mtls.link_to(node) do
        {:ok, %{tls: %{version: tls, certificate: %{serial: serial}}}} -> {string(tls), string(serial)}
        _ -> {"null", "null"}
      end

    ~s({"node":#{string(node)},"tls":#{version},"serial":#{serial}})
  end

  # Elixir has a JSON module only since 1.18. These values are only names and numbers.
  defp string(value), do: [?", value |> to_string() |> String.replace(~r/["\\]/, "\\\\\\0"), ?"]
end
