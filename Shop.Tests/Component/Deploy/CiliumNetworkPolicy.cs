using k8s;
using k8s.Models;

namespace Shop.Tests.Component.Deploy;

/// <summary>The parts of Cilium's network policy that <c>deploy/kubernetes</c> uses. Other fields are errors.</summary>
internal sealed class CiliumNetworkPolicy : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The type for readers of YAML.</summary>
    public static IDictionary<string, Type> Types { get; } =
        new Dictionary<string, Type> { ["cilium.io/v2/CiliumNetworkPolicy"] = typeof(CiliumNetworkPolicy) };

    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public PolicySpec Spec { get; set; } = new();

    internal sealed class PolicySpec
    {
        public V1LabelSelector EndpointSelector { get; set; } = new();

        public IList<IngressRule> Ingress { get; set; } = [];
    }

    internal sealed class IngressRule
    {
        public IList<V1LabelSelector> FromEndpoints { get; set; } = [];

        public IList<PortRule> ToPorts { get; set; } = [];
    }

    internal sealed class PortRule
    {
        public IList<PortProtocol> Ports { get; set; } = [];

        public PathRules Rules { get; set; } = new();
    }

    internal sealed class PortProtocol
    {
        public string Port { get; set; } = "";

        public string Protocol { get; set; } = "";
    }

    internal sealed class PathRules
    {
        public IList<PathRule> Http { get; set; } = [];
    }

    /// <summary>A request of any method if there is none, to a path that the regular expression matches completely.</summary>
    internal sealed class PathRule
    {
        public string? Method { get; set; }

        public string Path { get; set; } = "";
    }
}
