using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Deploy;

/// <summary>The objects of <c>deploy/kubernetes/base</c>, or of an overlay that was built.</summary>
internal sealed partial class KubernetesManifests(IReadOnlyList<object> objects)
{
    public static string Directory { get; } = Path.Combine(Repository.Root, "deploy", "kubernetes");

    /// <summary>Reads the files of the base. A field that Kubernetes does not know is an error.</summary>
    public static KubernetesManifests LoadBase() => new(
    [
        .. from file in System.IO.Directory.GetFiles(Path.Combine(Directory, "base"), "*.yaml")
           where Path.GetFileName(file) != "kustomization.yaml"
           from item in KubernetesYaml.LoadAllFromString(File.ReadAllText(file), null, strict: true)
           select item,
    ]);

    /// <summary>Builds an overlay and reads the result. A field that Kubernetes or Cilium does not know is an error.</summary>
    public static async Task<KubernetesManifests> BuildOverlayAsync(string overlay)
    {
        var directory = Path.Combine(Directory, "overlays", overlay);
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", directory]) { RedirectStandardOutput = true })!;
        var yaml = await kubectl.StandardOutput.ReadToEndAsync();
        await kubectl.WaitForExitAsync();
        Assert.Equal(0, kubectl.ExitCode);
        return new([.. KubernetesYaml.LoadAllFromString(yaml, CiliumNetworkPolicy.Types, strict: true)]);
    }

    public IReadOnlyList<object> Objects => objects;

    /// <summary>The pods of deployments and stateful sets, by the name of those.</summary>
    public IReadOnlyDictionary<string, V1PodTemplateSpec> Pods { get; } =
        objects.OfType<V1Deployment>().Select(deployment => (deployment.Metadata.Name, deployment.Spec.Template))
            .Concat(objects.OfType<V1StatefulSet>().Select(set => (set.Metadata.Name, set.Spec.Template)))
            .ToDictionary(pod => pod.Name, pod => pod.Template);

    public V1Container GetContainer(string name) => Pods[name].Spec.Containers.Single();

    /// <summary>
    /// Returns the variables of a container. The value of a key of a secret or of the settings is its name in lower case, with hyphens, in
    /// angle brackets. Variables that only other variables use are left out.
    /// </summary>
    public SortedDictionary<string, string> GetEnvironment(string name)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var used = new HashSet<string>();
        foreach (var variable in GetContainer(name).Env)
        {
            var key = variable.ValueFrom?.SecretKeyRef?.Key ?? variable.ValueFrom?.ConfigMapKeyRef?.Key;
            variables[variable.Name] = key is not null
                ? $"<{key.ToLowerInvariant().Replace('_', '-')}>"
                // As Kubernetes does, only variables that are defined before it.
                : Reference().Replace(variable.Value, Get);
        }

        used.ToList().ForEach(variable => variables.Remove(variable));
        return variables;

        string Get(Match match)
        {
            used.Add(match.Groups[1].Value);
            return variables[match.Groups[1].Value];
        }
    }

    public ContainerSettings GetSettings(string name)
    {
        var (pod, container) = (Pods[name].Spec, GetContainer(name));
        return new(
            name,
            container.Image,
            pod.SecurityContext?.RunAsNonRoot == true ? container.SecurityContext?.RunAsUser ?? pod.SecurityContext.RunAsUser : null,
            container.SecurityContext?.ReadOnlyRootFilesystem == true,
            container.SecurityContext?.Capabilities is { Add: null or [], Drop: ["ALL"] },
            container.SecurityContext?.AllowPrivilegeEscalation != false,
            container.SecurityContext?.Privileged == true || pod.HostNetwork == true || pod.HostPID == true,
            Limit(container, "cpu"),
            Limit(container, "memory"),
            container.LivenessProbe is not null && container.ReadinessProbe is not null);
    }

    /// <summary>Returns the connections that the network policies allow between pods: <c>cart -> redis:6379</c>.</summary>
    /// <param name="egress">Those that the policies of the callers allow, or those that the policies of the called allow.</param>
    public IEnumerable<string> GetAllowedConnections(bool egress) =>
        from policy in objects.OfType<V1NetworkPolicy>()
        where policy.Spec.PodSelector.MatchLabels is not null
        let pod = NameOf(policy.Spec.PodSelector)
        from connection in egress
            ? from rule in policy.Spec.Egress ?? []
              from peer in rule.To
              where peer.NamespaceSelector is null
              from port in rule.Ports
              select (From: pod, To: NameOf(peer.PodSelector), port.Port)
            : from rule in policy.Spec.Ingress ?? []
              from peer in rule.FromProperty
              where peer.NamespaceSelector is null
              from port in rule.Ports
              select (From: NameOf(peer.PodSelector), To: pod, port.Port)
        select string.Create(CultureInfo.InvariantCulture, $"{connection.From} -> {connection.To}:{connection.Port.Value}");

    private static string NameOf(V1LabelSelector selector) => selector.MatchLabels["app.kubernetes.io/name"];

    private static string? Limit(V1Container container, string resource) =>
        container.Resources?.Limits?.TryGetValue(resource, out var limit) == true ? limit.ToString() : null;

    [GeneratedRegex(@"\$\((\w+)\)")]
    private static partial Regex Reference();
}
