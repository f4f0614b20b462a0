using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.RabbitMQServerResource</c>; never made here.</summary>
    public class RabbitMQServerResource : ContainerResource, IResourceWithConnectionString
    {
        private RabbitMQServerResource() : base("rabbitmq")
        {
        }

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Empty;
    }
}

namespace Aspire.Hosting
{
    /// <summary>Stands for <c>Aspire.Hosting.RabbitMQBuilderExtensions</c>: it compiles, and says what it needs when used.</summary>
    public static class RabbitMQBuilderExtensions
    {
        public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(
            this IDistributedApplicationBuilder builder,
            string name,
            IResourceBuilder<ParameterResource>? userName = null,
            IResourceBuilder<ParameterResource>? password = null,
            int? port = null) => throw NeedsRealPackage(nameof(AddRabbitMQ));

        public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(
            this IResourceBuilder<RabbitMQServerResource> builder, string? name = null, bool isReadOnly = false) =>
            throw NeedsRealPackage(nameof(WithDataVolume));

        public static IResourceBuilder<RabbitMQServerResource> WithManagementPlugin(this IResourceBuilder<RabbitMQServerResource> builder) =>
            throw NeedsRealPackage(nameof(WithManagementPlugin));

        private static DistributedApplicationException NeedsRealPackage(string method) =>
            ContainerResource.NeedsRealPackage(method, "Aspire.Hosting.RabbitMQ");
    }
}
