using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

internal static class DcpNames
{
    /// <summary>Names the executables that a resource becomes: its own name and eight random letters, one for each replica.</summary>
    public static void EnsureInstances(IResource resource)
    {
        if (!resource.HasAnnotationOfType<DcpInstancesAnnotation>())
        {
            resource.Annotations.Add(new DcpInstancesAnnotation([.. Enumerable.Range(0, resource.GetReplicaCount()).Select(index =>
            {
                var suffix = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", 8);

                return new DcpInstance($"{resource.Name}-{suffix}", suffix, index);
            })]));
        }
    }

    public static string Service(IResource resource, EndpointAnnotation endpoint) =>
        resource.Annotations.OfType<EndpointAnnotation>().Count() > 1 ? $"{resource.Name}-{endpoint.Name}" : resource.Name;
}
