using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Dcp;

/// <summary>Ports for endpoints without a proxy: below the range from which the system hands out its own, and free just now.</summary>
internal static class PortFinder
{
    private const int First = 10000;
    private const int Last = 32767;

    // For the whole process, so that AppHosts that start side by side do not choose the same.
    private static readonly HashSet<int> _given = [];

    public static int Find()
    {
        lock (_given)
        {
            while (true)
            {
                var port = Random.Shared.Next(First, Last + 1);
                if (!_given.Contains(port) && IsFree(port))
                {
                    _given.Add(port);

                    return port;
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
