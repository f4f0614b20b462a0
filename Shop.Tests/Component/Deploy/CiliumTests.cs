using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>The overlay for Cilium restricts the connections of the network policies to paths.</summary>
public sealed partial class CiliumTests
{
    private const string Observability = "k8s:io.kubernetes.pod.namespace";

    [KubectlFact]
    public async Task Cilium_restricts_each_connection_between_services_to_paths_and_allows_no_other()
    {
        var built = await KubernetesManifests.BuildOverlayAsync("three-zones-cilium");
        var restricted =
        (
            from rule in GetRules(built)
            where rule.From != Observability
            select $"{rule.From} -> {rule.To}:{rule.Port}"
        ).Distinct().ToList();
        Assert.NotEmpty(restricted);

        // Cilium allows every path of a connection that a network policy allows as well.
        var allowed = built.GetAllowedConnections(egress: false).ToList();
        Assert.Empty(allowed.Intersect(restricted));
        Assert.Equal(KubernetesManifests.LoadBase().GetAllowedConnections(egress: false).Order(), allowed.Concat(restricted).Order());
        Assert.All(allowed, connection => Assert.Matches("-> (redis|postgres|rabbitmq):", connection));
    }

    [KubectlFact]
    public async Task Each_path_for_Cilium_is_one_of_the_service_and_none_is_an_operation_for_staff_on_the_management_endpoint()
    {
        var rules = GetRules(await KubernetesManifests.BuildOverlayAsync("three-zones-cilium")).ToList();
        foreach (var service in rules.GroupBy(rule => rule.To))
        {
            using var process = InProcessService.Start(service.Key);
            // Middleware answers the last two, without a route.
            List<(string? Method, string Path)> requests =
            [
                .. process.Endpoints.SelectMany(GetRequests), ("GET", "/sso/.well-known/openid-configuration"), ("GET", "/metrics"),
            ];

            Assert.All(service, rule => Assert.Contains(requests, request => rule.Allows(request.Method, request.Path)));
            Assert.DoesNotContain(service, rule => rule.Allows("GET", "/admin/health") || rule.Allows("POST", "/admin/errors"));
        }
    }

    private static IEnumerable<Rule> GetRules(KubernetesManifests manifests) =>
        from policy in manifests.Objects.OfType<CiliumNetworkPolicy>()
        from to in policy.Spec.EndpointSelector.MatchLabels?.Values ?? [.. InProcessService.Names]
        from ingress in policy.Spec.Ingress
        from label in ingress.FromEndpoints.Select(endpoint => endpoint.MatchLabels.Single())
        from ports in ingress.ToPorts
        from port in ports.Ports
        from http in ports.Rules.Http
        select new Rule(label.Key == Observability ? label.Key : label.Value, to, port.Port, http.Method, http.Path);

    // A parameter of a route can be any word.
    private static IEnumerable<(string? Method, string Path)> GetRequests(RouteEndpoint endpoint)
    {
        var path = "/" + Parameter().Replace(endpoint.RoutePattern.RawText ?? "", "x").TrimStart('/');
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods;
        return methods is null or [] ? [(null, path)] : methods.Select(method => ((string?)method, path));
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    private sealed record Rule(string From, string To, string Port, string? Method, string Path)
    {
        public bool Allows(string? method, string path) =>
            (Method is null || method is null || Method == method) && Regex.IsMatch(path, $"^(?:{Path})$");
    }
}
