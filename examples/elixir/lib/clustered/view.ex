defmodule Clustered.View do
  @moduledoc """
  Tells on standard output whom this node is connected to: a line at the start, and one whenever that changes.

      view {"node":"app@10.0.0.5","otp":"29","peers":[{"node":"app@10.0.0.6","tls":"tlsv1.3","serial":"4f81"}]}

  `tls` is null where the connection is none of TLS.
  """

  use GenServer

  require Logger

  def start_link([]), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)

  @doc "What it tells, of this moment."
  def json do
    peers = Node.list() |> Enum.sort() |> Enum.map_join(",", &peer/1)
    otp = List.to_string(:erlang.system_info(:otp_release))
    ~s({"node":#{string(node())},"otp":#{string(otp)},"peers":[#{peers}]})
  end

  @impl true
  def init([]) do
    :ok = :net_kernel.monitor_nodes(true, [:nodedown_reason])
    {:ok, tell(nil)}
  end

  @impl true
  def handle_info({:nodeup, _node, _info}, told), do: {:noreply, tell(told)}

  def handle_info({:nodedown, node, info}, told) do
    Logger.notice("#{node} is gone: #{inspect(info[:nodedown_reason])}")
    {:noreply, tell(told)}
  end

  # What was told last is not told again: several messages can be behind one view.
  defp tell(told) do
    view = json()
    if view != told, do: IO.puts(["view ", view])
    view
  end

  defp peer(node) do
    {version, serial} =
      case :beam_mtls_observer.connection(node) do
        {:ok, %{tls: tls, serial: serial}} -> {string(tls), string(serial)}
        :error -> {"null", "null"}
      end

    ~s({"node":#{string(node)},"tls":#{version},"serial":#{serial}})
  end

  # Elixir has a module for JSON since 1.18 only. What stands here is names and numbers.
  defp string(value), do: [?", value |> to_string() |> String.replace(~r/["\\]/, "\\\\\\0"), ?"]
end
