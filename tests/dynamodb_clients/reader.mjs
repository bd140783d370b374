// Writes a route with the AWS SDK for JavaScript, and prints which reads of the second replica see it.
import { DynamoDB, paginateScan, waitUntilTableExists } from "@aws-sdk/client-dynamodb";

const reader = new DynamoDB({ credentials: { accessKeyId: "LABREPLICA1", secretAccessKey: "any" } });
const table = { TableName: "routes" };
const key = { route: { S: "acme/job-1" } };
const route = { ...key, token: { B: new Uint8Array([0, 255]) } };

async function sees() {
  let scanned = 0;
  for await (const page of paginateScan({ client: reader, pageSize: 1 }, table)) scanned += page.Items.length;
  const batch = await reader.batchGetItem({ RequestItems: { routes: { Keys: [key] } } });
  return [(await reader.getItem({ ...table, Key: key })).Item !== undefined, batch.Responses.routes.length, scanned];
}

await reader.createTable({
  ...table,
  KeySchema: [{ AttributeName: "route", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "route", AttributeType: "S" }],
  BillingMode: "PAY_PER_REQUEST",
});
await waitUntilTableExists({ client: reader, minDelay: 1, maxWaitTime: 30 }, table);
await sees(); // the states from before the first read have no lag
await reader.putItem({ ...table, Item: route });
const stale = await sees();
const strong = await reader.getItem({ ...table, Key: key, ConsistentRead: true });
const refused = await reader
  .putItem({ ...table, Item: key, ConditionExpression: "attribute_not_exists(#r)", ExpressionAttributeNames: { "#r": "route" } })
  .catch((error) => error.name);
await fetch(`${process.env.AWS_ENDPOINT_URL_DYNAMODB}/admin/replicas/1/view`, {
  method: "PUT",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ kind: "fresh" }),
});
console.log(JSON.stringify({ stale, strong: [...strong.Item.token.B], refused, fresh: await sees() }));
